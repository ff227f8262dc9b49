import { isObject, type JsonObject } from '../../runtime/json.ts'

/** The choices of an answer or chunk. */
export const getChoices = ({ choices }: JsonObject): JsonObject[] =>
  Array.isArray(choices) ? choices.filter(isObject) : []

/** The tool calls of a message or delta. */
export const getToolCalls = (message: unknown): JsonObject[] => {
  const calls = isObject(message) ? message['tool_calls'] : undefined
  return Array.isArray(calls) ? calls.filter(isObject) : noCalls
}

const noCalls: JsonObject[] = []

/** All text that a choice holds or adds, of whatever kind the provider bills as output. What is none of the kinds known here,
 *  such as a picture, counts as one mark: nobody gets an answer that leaves no trace. */
export const getText = ({ delta, message = delta, text }: JsonObject): string => {
  if (typeof text === 'string' && text !== '') return text
  if (!isObject(message)) return ''
  let said = flattenText(message['content']) + getReasoning(message) + flattenText(message['refusal'])
  if (message['tool_calls']) said += getToolCalls(message).map(getCallText).join('')
  if (message['function_call']) said += getCallText({ function: message['function_call'] })
  if (isObject(message['audio'])) said += flattenText(message['audio']['transcript'])
  return said === '' && hasContent(message) ? placeholderText : said
}

/** The text of a thought, which some servers (vLLM) send under both its names. */
const getReasoning = ({ reasoning_content: thought, reasoning }: JsonObject): string => {
  const [one, other] = [flattenText(thought), flattenText(reasoning)]
  return one === other ? one : one + other
}

/** What counts for something that holds no text. */
const placeholderText = '.'

const hasContent = (message: JsonObject): boolean =>
  Object.values(message).some((value) => typeof value === 'object' && value !== null && Object.keys(value).length > 0)

/** The text of a field: a string, or parts that hold text or, within a thought, parts again (Mistral's reasoning models). */
const flattenText = (value: unknown, depth = 0): string => {
  if (typeof value === 'string') return value
  if (!Array.isArray(value) || depth > maxPartDepth) return ''
  return value
    .filter(isObject)
    .map((part) => flattenText(part['thinking'], depth + 1) + flattenText(part['text'], depth + 1))
    .join('')
}

/** How deep parts are looked for within parts. */
const maxPartDepth = 2

/** The text of a call of a function, or of a tool of the client's own kind (OpenAI API reference, "custom tools"). */
const getCallText = ({ function: called, custom = called }: JsonObject): string =>
  isObject(custom) ? `${custom['name'] ?? ''}${custom['arguments'] ?? custom['input'] ?? ''}` : ''
