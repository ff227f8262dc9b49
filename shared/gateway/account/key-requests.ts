import { parseAddressRange } from '../../auth/keys/addresses.ts'
import type { KeyAttributes } from '../../auth/keys/key-record.ts'
import { windows } from '../../limits/quotas/windows.ts'
import { GatewayError } from '../../protocol/errors.ts'
import type { OperationName } from '../../protocol/operations.ts'
import { type JsonObject, parseJson } from '../../runtime/json.ts'
import { parseTime } from './parse-time.ts'

/** The endpoints that a key can be bound to. `GET /v1/models` is open to each key. */
const keyEndpoints = Object.keys({
  'chat/completions': true,
  completions: true,
  embeddings: true,
  rerank: true,
  messages: true,
  responses: true,
  moderations: true,
  usage: true,
  wallet: true,
} satisfies Record<OperationName | 'moderations' | 'usage' | 'wallet', true>)

/** The most entries of a list. */
const maxItems = 50

/** Parses what a new key may do. What is left out is not limited.
 *  @throws invalid_value, unsupported_parameter (400, with `param`) */
export const parseKeyAttributes = (fields: JsonObject, now: number): KeyAttributes => {
  const unknown = Object.keys(fields).find((field) => !knownFields.includes(field))
  if (unknown !== undefined) throw unknownError(unknown)
  const points = readPoints(fields)
  return {
    name: readName(fields),
    models: readList(fields, 'models', (item) => item.length <= 128 || 'a name of a model'),
    endpoints: readList(
      fields,
      'endpoints',
      (item) => keyEndpoints.includes(item) || `one of ${keyEndpoints.join(', ')}`,
    ),
    addresses: readList(
      fields,
      'addresses',
      (item) => parseAddressRange(item) !== undefined || 'an address or a range, such as 203.0.113.0/24',
    ),
    points,
    window: readWindow(fields, points),
    expires_at: readKeyExpiry(fields, now),
  }
}

const knownFields = ['name', 'models', 'endpoints', 'addresses', 'points', 'window', 'expires_at']

const unknownError = (field: string): GatewayError => {
  const param = field.slice(0, 64)
  const message = `A key has no field '${param}'. It has ${knownFields.join(', ')}.`
  return new GatewayError(400, 'unsupported_parameter', message, { param })
}

const invalidKeyFieldError = (param: string, must: string): GatewayError =>
  new GatewayError(400, 'invalid_value', `'${param}' must be ${must}.`, { param })

const readName = ({ name = '' }: JsonObject): string => {
  if (typeof name === 'string' && name.trim().length <= 64) return name.trim()
  throw invalidKeyFieldError('name', 'a text of at most 64 characters')
}

/** Returns a list without repeats; null if it is left out. An empty list is a mistake: such a key could do nothing. */
const readList = (fields: JsonObject, param: string, check: (item: string) => true | string): string[] | null => {
  const value = fields[param] ?? null
  if (value === null) return null
  if (!Array.isArray(value) || value.length === 0 || value.length > maxItems)
    throw invalidKeyFieldError(param, `a list of 1 to ${maxItems} texts; leave it out for no limit`)
  const items = value.map((item: unknown) => (typeof item === 'string' ? item.trim() : ''))
  for (const item of items) {
    const must = item === '' ? 'a text that is not empty' : check(item)
    if (must !== true) throw new GatewayError(400, 'invalid_value', `Each of '${param}' must be ${must}.`, { param })
  }
  return [...new Set(items)]
}

const readPoints = ({ points }: JsonObject): number | null => {
  if (points === undefined || points === null) return null
  if (Number.isSafeInteger(points) && Number(points) >= 1) return Number(points)
  throw invalidKeyFieldError('points', 'a whole number of at least 1')
}

const windowNames = Object.keys(windows)

/** Points without a window would have no end, so they count in total. */
const readWindow = ({ window = null }: JsonObject, points: number | null): string | null => {
  if (points === null && window !== null)
    throw new GatewayError(400, 'invalid_value', "'window' needs 'points'.", { param: 'window' })
  if (window === null) return points === null ? null : 'total'
  if (typeof window === 'string' && windowNames.includes(window)) return window
  throw invalidKeyFieldError('window', `one of ${windowNames.join(', ')}`)
}

const readKeyExpiry = ({ expires_at: value = null }: JsonObject, now: number): number | null => {
  if (value === null) return null
  const time = parseTime(value)
  if (time !== undefined && time > now) return Math.floor(time / 1_000)
  throw invalidKeyFieldError('expires_at', 'a time in the future: unix seconds, or an ISO 8601 date')
}

/** Parses the body of a request for a key: an object, or nothing.
 *  @throws invalid_json (400) */
export const parseKeyBody = (body: Buffer): JsonObject => {
  const text = body.toString('utf8').trim()
  const fields = text === '' ? {} : parseJson(text)
  if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return fields as JsonObject
  throw new GatewayError(400, 'invalid_json', 'The body must be a JSON object, or empty.')
}
