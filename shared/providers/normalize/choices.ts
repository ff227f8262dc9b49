import { isObject, type JsonObject } from '../../runtime/json.ts'

/** One choice of a chunk or of a whole response, parsed once. Rules edit `fields` in place and keep the other members
 *  in step. */
export interface Choice {
  /** Every field that the provider sent, known to the gateway or not. */
  readonly fields: JsonObject
  /** Its `index`. If the provider sent no number: its position. */
  readonly index: number
  /** The earlier chunks of this choice. */
  readonly state: ChoiceState
  /** The message of a whole response. */
  message: JsonObject | undefined
  /** The piece of a message that a chunk adds. */
  delta: JsonObject | undefined
  /** The tool calls of the message or the delta. */
  toolCalls: readonly JsonObject[]
}

/** The history of one choice of a stream. */
export interface ChoiceState {
  /** Whether a delta has passed. */
  begun: boolean
  /** Whether a `finish_reason` has come. */
  finished: boolean
  /** Whether a tool call has come. */
  calledTools: boolean
  /** Ids of the tool calls that came without an index. The position of an id is the index of its call. */
  readonly toolCallIds: string[]
}

/** The state of a choice that has not begun. */
export const createChoiceState = (): ChoiceState => ({
  begun: false,
  finished: false,
  calledTools: false,
  toolCallIds: [],
})

/** Parses the choices of a chunk or a whole response. Items that are no objects are skipped.
 *  @param getState returns the state of a choice of a stream; the default fits a whole response */
export const parseChoices = (
  { choices }: JsonObject,
  getState: (index: number) => ChoiceState = createChoiceState,
): Choice[] => {
  const parsed: Choice[] = []
  if (!Array.isArray(choices)) return parsed
  for (const fields of choices as unknown[]) {
    if (!isObject(fields)) continue
    const { message, delta } = fields
    const index = typeof fields['index'] === 'number' ? fields['index'] : parsed.length
    const choice: Choice = {
      fields,
      index,
      state: getState(index),
      message: isObject(message) ? message : undefined,
      delta: isObject(delta) ? delta : undefined,
      toolCalls: noCalls,
    }
    choice.toolCalls = parseToolCalls(choice.message ?? choice.delta)
    parsed.push(choice)
  }
  return parsed
}

/** Gives a choice of a chunk a delta, or another one. */
export const setDelta = (choice: Choice, delta: JsonObject): void => {
  choice.fields['delta'] = delta
  choice.delta = delta
  choice.toolCalls = parseToolCalls(delta)
}

const noCalls: readonly JsonObject[] = []

const parseToolCalls = (message: JsonObject | undefined): readonly JsonObject[] => {
  const calls = message?.['tool_calls']
  return Array.isArray(calls) ? calls.filter(isObject) : noCalls
}

/** All text that a choice contains or adds, of every kind that providers bill as output. Content of an unknown kind,
 *  such as a picture, counts as one character, so that no response is free of charge. */
export const getText = ({ fields: { text }, delta, message = delta, toolCalls }: Choice): string => {
  if (typeof text === 'string' && text !== '') return text
  if (!message) return ''
  let found = flattenText(message['content']) + getReasoning(message) + flattenText(message['refusal'])
  for (const call of toolCalls) found += getCallText(call)
  if (message['function_call']) found += getCallText({ function: message['function_call'] })
  if (isObject(message['audio'])) found += flattenText(message['audio']['transcript'])
  return found === '' && hasContent(message) ? placeholderText : found
}

/** The text of a thought. Some servers (vLLM) send it under both names. */
const getReasoning = ({ reasoning_content: thought, reasoning }: JsonObject): string => {
  const [one, other] = [flattenText(thought), flattenText(reasoning)]
  return one === other ? one : one + other
}

/** Counts for content that has no text. */
const placeholderText = '.'

const hasContent = (message: JsonObject): boolean =>
  Object.values(message).some((value) => typeof value === 'object' && value !== null && Object.keys(value).length > 0)

/** The text of a field: a string, or parts with text. A thought may contain parts again (Mistral's reasoning
 *  models). */
const flattenText = (value: unknown, depth = 0): string => {
  if (typeof value === 'string') return value
  if (!Array.isArray(value) || depth > maxPartDepth) return ''
  return value
    .filter(isObject)
    .map((part) => flattenText(part['thinking'], depth + 1) + flattenText(part['text'], depth + 1))
    .join('')
}

/** How deep parts may contain parts. */
const maxPartDepth = 2

/** The text of a call of a function, or of a custom tool of the client (OpenAI API reference, "custom tools"). */
const getCallText = ({ function: called, custom = called }: JsonObject): string =>
  isObject(custom) ? `${custom['name'] ?? ''}${custom['arguments'] ?? custom['input'] ?? ''}` : ''
