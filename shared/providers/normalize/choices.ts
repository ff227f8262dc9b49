import { isObject, type JsonObject } from '../../runtime/json.ts'

/** The choices of an answer or chunk. */
export const choicesOf = ({ choices }: JsonObject): JsonObject[] =>
  Array.isArray(choices) ? choices.filter(isObject) : []

/** The tool calls of a message or delta. */
export const toolCallsOf = (message: unknown): JsonObject[] => {
  const calls = isObject(message) ? message['tool_calls'] : undefined
  return Array.isArray(calls) ? calls.filter(isObject) : none
}

const none: JsonObject[] = []

/** All text that a choice holds or adds, of whatever kind the provider bills as output. What is none of the kinds known here,
 *  such as a picture, counts as one mark: nobody gets an answer that leaves no trace. */
export const textOf = ({ delta, message = delta, text }: JsonObject): string => {
  if (typeof text === 'string' && text !== '') return text
  if (!isObject(message)) return ''
  let said = textIn(message['content']) + thoughtOf(message) + textIn(message['refusal'])
  if (message['tool_calls']) said += toolCallsOf(message).map(calledText).join('')
  if (message['function_call']) said += calledText({ function: message['function_call'] })
  if (isObject(message['audio'])) said += textIn(message['audio']['transcript'])
  return said === '' && holdsSomething(message) ? somethingElse : said
}

/** The text of a thought, which some servers (vLLM) send under both its names. */
const thoughtOf = ({ reasoning_content: thought, reasoning }: JsonObject): string => {
  const [one, other] = [textIn(thought), textIn(reasoning)]
  return one === other ? one : one + other
}

/** What counts for something that holds no text. */
const somethingElse = '.'

const holdsSomething = (message: JsonObject): boolean =>
  Object.values(message).some((value) => typeof value === 'object' && value !== null && Object.keys(value).length > 0)

/** The text of a field: a string, or parts that hold text or, within a thought, parts again (Mistral's reasoning models). */
const textIn = (value: unknown, depth = 0): string => {
  if (typeof value === 'string') return value
  if (!Array.isArray(value) || depth > maxDepth) return ''
  return value
    .filter(isObject)
    .map((part) => textIn(part['thinking'], depth + 1) + textIn(part['text'], depth + 1))
    .join('')
}

/** How deep parts are looked for within parts. */
const maxDepth = 2

/** The text of a call of a function, or of a tool of the client's own kind (OpenAI API reference, "custom tools"). */
const calledText = ({ function: called, custom = called }: JsonObject): string =>
  isObject(custom) ? `${custom['name'] ?? ''}${custom['arguments'] ?? custom['input'] ?? ''}` : ''
