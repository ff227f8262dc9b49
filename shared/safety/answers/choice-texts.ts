import { isObject, type JsonObject } from '../../runtime/json.ts'
import { readFileData } from '../words/file-data.ts'

/** Fields of a message that hold no text: names of the API, ids, and what only a program can read. */
const fieldsWithoutText: ReadonlySet<string> = new Set(['role', 'type', 'id', 'data', 'signature', 'format'])

/** Fields that all responses have. */
const identityFields: ReadonlySet<string> = new Set([
  ...['id', 'object', 'created', 'model', 'system_fingerprint', 'service_tier'],
])

/** Fields beside a message, and beside all choices, that hold no text: what every response has, and words of its API. */
const fieldsWithoutAside: ReadonlySet<string> = new Set([
  ...identityFields,
  ...['choices', 'usage', 'provider', 'request_id'],
  ...['index', 'delta', 'message', 'text', 'logprobs', 'finish_reason', 'native_finish_reason'],
  ...['content_filter_results', 'content_filter_offsets', 'prompt_filter_results'],
  ...fieldsWithoutText,
])

/** Fields that may hold a file. */
const choiceFileFields: ReadonlySet<string> = new Set([
  'url',
  'image_url',
  'video_url',
  'audio_url',
  'file_data',
  'b64_json',
])

/** A text of a choice, or a piece of it, and the field that it is from. */
export interface ChoiceText {
  readonly path: string
  readonly text: string
}

/** Lists the texts of a choice, whole or of a chunk: content, reasoning, a refusal, names and arguments of calls, and what else
 *  a provider writes beside them. A completion may have its text twice. */
export const listChoiceTexts = ({ delta, message, text }: JsonObject): readonly ChoiceText[] => {
  const found: ChoiceText[] = []
  collect(isObject(delta) ? delta : message, '', found)
  collect(text, completionPath, found)
  return found
}

const completionPath = 'text'

/** Joins the texts of a choice that are billed: each once. */
export const joinTexts = (texts: readonly ChoiceText[]): string => {
  const ofMessage = texts.filter(({ path }) => path !== completionPath)
  return (ofMessage.length > 0 ? ofMessage : texts).map(({ text }) => text).join('')
}

const collect = (value: unknown, path: string, found: ChoiceText[]): void => {
  if (typeof value === 'string' && value !== '') found.push({ path, text: value })
  if (Array.isArray(value))
    for (const [position, item] of (value as unknown[]).entries())
      collect(item, `${path}.${getIndex(item, position)}`, found)
  else if (isObject(value))
    for (const [field, item] of Object.entries(value))
      if (!fieldsWithoutText.has(field)) collect(withoutFile(field, item, path), `${path}.${field}`, found)
}

/** A picture is no text, and by chance it holds any short word. */
const withoutFile = (field: string, item: unknown, path: string): unknown => {
  if (typeof item !== 'string' || !choiceFileFields.has(field)) return item
  return readFileData(item, `${path}.${field}`.replace(/\.\d+(?=\.)/g, '')).text
}

/** The pieces of one call have the same index. */
const getIndex = (item: unknown, position: number): number =>
  isObject(item) && typeof item['index'] === 'number' ? item['index'] : position

/** Reads the texts that a provider writes beside a message, or beside all choices, such as results of a search. They come whole,
 *  and stand on lines of their own. */
export const readAside = (fields: JsonObject): string => {
  const found: ChoiceText[] = []
  for (const [field, value] of Object.entries(fields))
    if (!fieldsWithoutAside.has(field)) collect(value, `.${field}`, found)
  return found
    .map(({ text }) => text)
    .filter((text) => !isId(text))
    .join('\n')
}

/** Whether a text is an id or a time. By chance it holds any short word, and may be another one in each chunk. */
const isId = (text: string): boolean => /^(?=.*\d)[\w.:+=-]+$/.test(text)

/** Picks the fields that all responses have, and that hold no text. */
export const pickIdentity = (response: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(response).filter(([field]) => identityFields.has(field)))

/** Stands between tokens. It is in no word. */
const tokenSeparator = '\uE000'

/** Reads the tokens of log probabilities, each a text of its own: those that the model did not choose are no text together. */
export const readLogprobTokens = ({ logprobs }: JsonObject): string => {
  const tokens: string[] = []
  if (isObject(logprobs)) collectTokens(logprobs, tokens)
  return tokens.join(tokenSeparator)
}

/** Completions have the tokens as names of fields. */
const collectTokens = (value: unknown, tokens: string[]): void => {
  if (typeof value === 'string') tokens.push(value)
  if (Array.isArray(value)) for (const item of value as unknown[]) collectTokens(item, tokens)
  else if (isObject(value))
    for (const [field, item] of Object.entries(value)) {
      if (typeof item === 'number') tokens.push(field)
      else collectTokens(item, tokens)
    }
}
