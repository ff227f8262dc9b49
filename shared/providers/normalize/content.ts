import { isObject, type JsonObject, toText } from '../../runtime/json.ts'

/** The content of a message by kinds. */
interface SplitContent {
  readonly text: string
  readonly thought: string
  readonly refusal: string
  /** Parts without text, such as pictures. */
  readonly others: readonly unknown[]
}

/** Splits content that is no string: parts (Mistral's reasoning models, "Reasoning"), one part, or a bare value. */
const splitContent = (content: unknown): SplitContent => {
  const split = { text: '', thought: '', refusal: '', others: [] as unknown[] }
  for (const part of Array.isArray(content) ? (content as unknown[]) : [content]) {
    const kind = getPartKind(part)
    if (kind === 'others') split.others.push(part)
    else split[kind] += flattenText(part)
  }
  return split
}

/** Whether the content of a message is text, or absent. */
export const hasPlainContent = ({ content }: JsonObject): boolean =>
  typeof content === 'string' || content === undefined || content === null

/** Turns content that is no string into a string. Thoughts, refusals and pictures in it go to the fields that have them
 *  otherwise (`images` as OpenRouter has it); other parts go to `content_parts`. */
export const flattenContent = (message: JsonObject): void => {
  const { text, thought, refusal, others } = splitContent(message['content'])
  message['content'] = text === '' ? null : text
  if (thought !== '') message['reasoning_content'] = flattenText(message['reasoning_content']) + thought
  if (refusal !== '') message['refusal'] = refusal
  if (others.length === 0) return
  const field = others.every(isPicture) ? 'images' : 'content_parts'
  message[field] = [message[field] ?? [], others].flat()
}

const isPicture = (part: unknown): boolean => isObject(part) && part['image_url'] !== undefined

const getPartKind = (part: unknown): keyof SplitContent => {
  if (!isObject(part)) return 'text'
  if (flattenText(part) === '' && !textFields.some((field) => part[field] === '')) return 'others'
  if (part['type'] === 'refusal') return 'refusal'
  const isThought = part['thinking'] !== undefined || Boolean(part['thought']) || part['type'] === 'reasoning'
  return isThought ? 'thought' : 'text'
}

/** The fields of a part that may hold its text, or parts again. */
const textFields = ['thinking', 'text', 'value', 'refusal', 'content', 'summary', 'thought'] as const

/** How deep parts may contain parts. */
const maxPartDepth = 4

/** The text of a value: a string, a number, or parts with text. A thought may contain parts again. */
export const flattenText = (value: unknown, depth = 0): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return depth === 0 ? String(value) : ''
  if (depth > maxPartDepth) return ''
  if (Array.isArray(value)) return value.map((part) => flattenText(part, depth + 1)).join('')
  if (!isObject(value)) return ''
  const field = textFields.find((name) => value[name] !== undefined && value[name] !== null)
  return field ? flattenText(value[field], depth + 1) : ''
}

/** The fields in which providers send thoughts besides `reasoning_content`: OpenRouter, Groq, Ollama and newer vLLM;
 *  Ollama's own API; GitHub Copilot; OpenRouter and MiniMax in parts; LiteLLM in Anthropic's blocks; Gemini's word. */
const thoughtFields = [
  'reasoning',
  'thinking',
  'reasoning_text',
  'reasoning_details',
  'thinking_blocks',
  'thought',
] as const

/** Whether a message has a thought under another name than `reasoning_content`. */
export const hasOtherThought = (message: JsonObject): boolean =>
  message['reasoning'] !== undefined ||
  message['reasoning_details'] !== undefined ||
  message['thinking'] !== undefined ||
  message['reasoning_text'] !== undefined ||
  message['thinking_blocks'] !== undefined ||
  message['thought'] !== undefined

/** The thought of a message, under whatever name it comes first. */
export const readThought = (message: JsonObject): string => {
  const own = flattenText(message['reasoning_content'])
  if (own !== '') return own
  for (const field of thoughtFields) {
    const text = flattenText(message[field])
    if (text !== '') return text
  }
  return ''
}

/** All text that a message in normal form contains or adds, of every kind that providers bill as output. Content of an
 *  unknown kind, such as a picture, counts as one character, so that no response is free of charge. */
export const getMessageText = (message: JsonObject): string => {
  const { content, reasoning_content: thought, refusal, tool_calls: calls, function_call: called, audio } = message
  let found = toText(content) + toText(thought) + toText(refusal)
  if (Array.isArray(calls)) for (const call of calls as unknown[]) if (isObject(call)) found += getCallText(call)
  if (called) found += getCallText({ function: called })
  if (isObject(audio)) found += toText(audio['transcript'])
  return found === '' && hasContent(message) ? placeholderText : found
}

/** Counts for content that has no text. */
const placeholderText = '.'

const hasContent = (message: JsonObject): boolean => {
  for (const field in message) {
    const value = message[field]
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) return true
  }
  return false
}

/** The text of a call of a function, or of a custom tool of the client (OpenAI API reference, "custom tools"). */
const getCallText = ({ function: called, custom = called }: JsonObject): string =>
  isObject(custom) ? `${custom['name'] ?? ''}${custom['arguments'] ?? custom['input'] ?? ''}` : ''
