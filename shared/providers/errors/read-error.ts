import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { findError } from './find-error.ts'

/** The error that a provider reports, in any of the known shapes. */
export interface ProviderError {
  /** For the client. */
  readonly message: string | undefined
  readonly code: string | undefined
  readonly type: string | undefined
  readonly param: string | undefined
  /** All words of the provider: the message without the places of its findings, and the error that it quotes
   *  (OpenRouter, `metadata.raw`). */
  readonly words: string
  /** All codes, types, states and reasons, at any depth. */
  readonly names: readonly string[]
}

/** Reads the error that a body reports: the text of a failed response, or a JSON value. */
export const readError = (body: unknown): ProviderError => {
  const value = typeof body === 'string' ? parseBody(body) : body
  const reported = findError(value) ?? value
  return { ...readValue(reported, 0), names: collectNames(reported, 0) }
}

/** The JSON value of a body, the first event's if it is a stream, or its text. A page counts as no text. */
const parseBody = (body: string): unknown => {
  const text = body.trim()
  return parseJson(text) ?? parseJson(/(?:^|\n)data: ?(\{[^\r\n]*)/.exec(text)?.[1] ?? '') ?? text
}

const readErrorText = (text: string, depth: number): Omit<ProviderError, 'names'> => {
  const clean = text.replace(/\s+/g, ' ').trim()
  const quoted = parseQuoted(clean)
  if (quoted !== undefined) return readValue(quoted, depth + 1)
  const isReadable = clean !== '' && !/<[a-z!/?]|\uFFFD/i.test(clean)
  return { ...noError, ...(isReadable && { message: clean, words: clean }) }
}

/** The error that a proxy quotes within its own message, as JSON or as Python writes it. */
const parseQuoted = (text: string): unknown => {
  const quoted = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
  const json = parseJson(quoted) ?? parseJson(quoted.replaceAll("'", '"').replaceAll('None', 'null'))
  return isObject(json) ? (findError(json) ?? (json['message'] ? json : undefined)) : undefined
}

const noError = { message: undefined, code: undefined, type: undefined, param: undefined, words: '' }

const maxErrorDepth = 5

const readValue = (value: unknown, depth: number): Omit<ProviderError, 'names'> => {
  if (depth > maxErrorDepth) return noError
  if (typeof value === 'string') return readErrorText(value, depth)
  if (Array.isArray(value)) return readFindings(value, depth)
  return isObject(value) ? readErrorFields(lowerNames(value), depth) : noError
}

/** FastAPI and Mistral send a list of findings. */
const readFindings = (values: readonly unknown[], depth: number): Omit<ProviderError, 'names'> => {
  const findings = values.map((value) => readValue(value, depth + 1)).filter(({ message }) => message !== undefined)
  return {
    ...noError,
    message: findings.map(({ message }) => message).join('; ') || undefined,
    code: findings[0]?.code,
    words: findings.map(({ words }) => words).join('; '),
  }
}

/** The names under which providers put the message, the best first. */
const messageNames = [
  ...['message', 'msg', 'error_msg', 'error_message', 'errmsg', 'err_msg', 'status_msg', 'detail', 'errors', 'error'],
  ...['errormsg', 'errormessage', 'retmsg', 'error_description', 'description', 'title'],
]
const codeNames = ['code', 'error_code', 'errcode', 'err_code', 'errorcode', 'retcode', 'status_code', 'status']

const readErrorFields = (fields: JsonObject, depth: number): Omit<ProviderError, 'names'> => {
  const inner = readFirst(fields, depth)
  const { loc, metadata } = fields
  const quoted = isObject(metadata) ? readValue(metadata['raw'], depth + 1).words : ''
  return {
    message: inner.message && addPlace(inner.message, loc),
    code: findName(fields, codeNames) ?? inner.code,
    type: findName(fields, ['type', 'error_type']) ?? inner.type,
    param: findName(fields, ['param']) ?? inner.param,
    words: quoted ? `${inner.words}; ${quoted}` : inner.words,
  }
}

const readFirst = (fields: JsonObject, depth: number): Omit<ProviderError, 'names'> => {
  for (const name of messageNames) {
    const read = readValue(fields[name], depth + 1)
    if (read.message !== undefined) return read
  }
  return noError
}

const addPlace = (message: string, loc: unknown): string => {
  const place = Array.isArray(loc) ? loc.map(toName).filter(Boolean).join('.') : ''
  return [place, message].filter(Boolean).join(': ')
}

/** Tencent writes `Code` and `Message`. */
const lowerNames = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]))

const findName = (fields: JsonObject, names: readonly string[]): string | undefined =>
  names.map((name) => toName(fields[name])).find(Boolean)

/** Clients expect strings. llama.cpp, OpenRouter and SiliconFlow send numbers. */
const toName = (value: unknown): string | undefined =>
  (typeof value === 'string' && value !== '' && value !== 'error') || typeof value === 'number'
    ? String(value)
    : undefined

/** Fields whose values are names, not texts. */
const nameFields = /^(?:(?:err(?:or)?_?|status_?|http_?)?code|(?:error_?)?type|status|reasons?|blockreason)$/i

const collectNames = (value: unknown, depth: number): string[] => {
  if (depth > maxErrorDepth || typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([field, item]) => {
    const name = nameFields.test(field) ? toName(item) : undefined
    return name ? [name.slice(0, 100)] : collectNames(item, depth + 1)
  })
}
