import { isCount } from '../../../protocol/usage.ts'
import { isObject, type JsonObject, parseJson } from '../../../runtime/json.ts'

/** A piece of a tool call as the provider sent it, read leniently. Texts are empty if none came. */
export interface GivenPiece {
  readonly fields: JsonObject
  readonly index: number | undefined
  readonly id: string
  readonly name: string
  /** JSON text, or the input of a custom tool. */
  readonly arguments: string
  /** Whether it has arguments as text, which may be empty. */
  readonly statesArguments: boolean
  /** Whether the call is of a custom tool, whose input is any text. */
  readonly isCustom: boolean
}

const callFields: ReadonlySet<string> = new Set(['index', 'id', 'type', 'function', 'name', 'arguments'])

/** A piece among those of a list, with its key if they came as a map. */
interface ListedPiece {
  readonly fields: JsonObject
  readonly key: string | undefined
}

/** The pieces in the tool calls of a message: a list, one piece, a map (`{"0": {…}}`), or the JSON text of these. What is no
 *  object is left out. */
export const listPieces = (given: unknown): readonly ListedPiece[] => {
  const value = readJsonText(given)
  if (typeof value !== 'object' || value === null) return []
  const isList = !isObject(value) || isMap(value)
  const entries = isList ? Object.entries(value) : [[undefined, value] as const]
  return entries.flatMap(([key, item]) => {
    const fields = readJsonText(item)
    if (Array.isArray(fields) || (isObject(fields) && isMap(fields) && isList)) return listPieces(fields)
    return isObject(fields) ? { fields, key: Array.isArray(value) ? undefined : key } : []
  })
}

/** A map has calls for values, and no field of a call. */
const isMap = (value: JsonObject): boolean =>
  Object.keys(value).length > 0 &&
  Object.entries(value).every(([field, item]) => isObject(item) && !bodyFields.has(field) && !callFields.has(field))

const bodyFields: ReadonlySet<string> = new Set(['custom', 'parameters', 'input', 'args'])

/** The value of JSON text in brackets; any other value as it is. */
const readJsonText = (value: unknown): unknown =>
  typeof value === 'string' && /^\s*[{[]/.test(value) ? parseJson(value) : value

/** A call whose `function` is the JSON text of an object, or the name of the tool. */
const openFunction = (fields: JsonObject): JsonObject => {
  if (typeof fields['function'] !== 'string') return fields
  const { function: called, ...rest } = fields
  const body = readJsonText(called)
  return isObject(body) ? { ...rest, function: body } : { ...rest, name: called }
}

/** Reads a piece of a tool call: OpenAI's shape; one without the inner object, or with the inner object as JSON text;
 *  arguments as an object, as texts, or under the names that Cohere, Anthropic and Gemini have for them. */
export const readPiece = ({ fields: given, key }: ListedPiece): GivenPiece => {
  const fields = openFunction(given)
  const { function: called, custom } = fields
  const isCustom = !isObject(called) && isObject(custom)
  const body = getBody(fields)
  const text = body['arguments'] ?? body['parameters'] ?? body['input'] ?? body['args']
  return {
    fields,
    index: toIndex(fields['index'] ?? key),
    id: toPieceText(fields['id']),
    name: toPieceText(body['name']),
    arguments: toJsonText(text),
    statesArguments: typeof text === 'string',
    isCustom,
  }
}

/** Whether a piece that adds nothing to its call can be left out: it has no field of the provider's own, and is not in
 *  normal form as it came. */
export const isRedundant = ({ fields, arguments: text, statesArguments }: GivenPiece): boolean =>
  !(statesArguments && text === '') && Object.keys(fields).every((field) => callFields.has(field))

/** The object that holds the name and the arguments of a call. */
export const getBody = (fields: JsonObject): JsonObject => {
  const { function: called, custom } = fields
  if (isObject(called)) return called
  return isObject(custom) ? custom : fields
}

/** An index from zero; undefined if the value is none. Some servers send it as text. */
export const toIndex = (value: unknown): number | undefined => {
  const index = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return isCount(index) ? index : undefined
}

const toPieceText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

const toJsonText = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((text) => typeof text === 'string')) return value.join('')
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : ''
}

/** Whether a text has nothing but blanks. */
export const isBlank = (text: string): boolean => text.trim() === ''

/** Matches a text whose first character, but for blanks, begins an object. */
export const beginsObject = /^\s*\{/
