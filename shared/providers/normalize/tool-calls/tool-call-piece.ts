import { isCount } from '../../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../../runtime/json.ts'

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

/** Reads a piece of a tool call: OpenAI's shape; one without the inner object; arguments as an object, or under the names
 *  that Cohere and Anthropic have for them. */
export const readPiece = (fields: JsonObject): GivenPiece => {
  const { function: called, custom } = fields
  const isCustom = !isObject(called) && isObject(custom)
  const body = getBody(fields)
  const text = body['arguments'] ?? body['parameters'] ?? body['input']
  return {
    fields,
    index: toIndex(fields['index']),
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
  return value === undefined || value === null ? '' : JSON.stringify(value)
}

/** Whether a text has nothing but blanks. */
export const isBlank = (text: string): boolean => text.trim() === ''
