import { GatewayError } from '../../protocol/errors.ts'
import { parseRawJson } from '../../protocol/raw-json.ts'
import type { JsonObject } from '../../runtime/json.ts'
import type { GrantRequest } from '../../wallet/grant-keys.ts'
import type { JoinRequest } from '../../wallet/join-wallets.ts'
import type { EntryPage } from '../../wallet/view-wallet.ts'
import { parseTime } from './parse-time.ts'

/** The most points of one grant: a balance stays exact through a thousand of them. */
const maxPoints = 1_000_000_000_000

/** A user's id or a key of a grant: a text that a row's id can hold. */
const idPattern = /^[\x21-\x7e]{1,128}$/

/** Parses the body of a grant.
 *  @throws invalid_json, invalid_value, missing_required_parameter (400, with `param`) */
export const parseGrant = (body: Buffer): GrantRequest => {
  const { fields } = parseRawJson(body)
  const { points, reason = '' } = fields
  if (typeof points !== 'number' || !Number.isSafeInteger(points) || points < 1 || points > maxPoints)
    throw invalidError(fields, 'points', `'points' must be a whole number from 1 to ${maxPoints}.`)
  if (typeof reason !== 'string' || reason.length > 200)
    throw invalidError(fields, 'reason', "'reason' must be a text of at most 200 characters.")
  return {
    user_id: readId(fields, 'user_id'),
    points,
    key: parseKey(body),
    reason,
    expires_at: readGrantExpiry(fields),
  }
}

/** Parses the body of a revocation.
 *  @throws invalid_json, invalid_value, missing_required_parameter (400, with `param`) */
export const parseKey = (body: Buffer): string => {
  const { fields } = parseRawJson(body)
  const key = readId(fields, 'key')
  if (key.startsWith('daily:')) throw invalidError(fields, 'key', "'key' must not begin with 'daily:'.")
  return key
}

/** Parses the body of a join: two ids of one user.
 *  @throws invalid_json, invalid_value, missing_required_parameter (400, with `param`) */
export const parseJoin = (body: Buffer): JoinRequest => {
  const { fields } = parseRawJson(body)
  return { alias: readId(fields, 'alias'), user_id: readId(fields, 'user_id') }
}

/** Reads an id of a user or a grant: 1 to 128 ASCII characters without blanks.
 *  @throws invalid_value (400, with `param`) */
export const readId = (fields: JsonObject, param: string): string => {
  const value = fields[param]
  if (typeof value === 'string' && idPattern.test(value)) return value
  throw invalidError(fields, param, `'${param}' must be a text of 1 to 128 ASCII characters without blanks.`)
}

const readGrantExpiry = (fields: JsonObject): number | null => {
  const { expires_at: value } = fields
  if (value === undefined || value === null) return null
  const time = parseTime(value)
  if (time !== undefined) return time
  throw invalidError(
    fields,
    'expires_at',
    "'expires_at' must be a time in the future: unix seconds, or an ISO 8601 date.",
  )
}

/** Parses the query of a wallet: `limit` (20; at most 100) and `before`.
 *  @throws invalid_value (400, with `param`) */
export const parseWalletPage = (query: URLSearchParams): EntryPage => ({
  before: readNumber(query, 'before', Number.MAX_SAFE_INTEGER),
  limit: readNumber(query, 'limit', 100) ?? 20,
})

const readNumber = (query: URLSearchParams, param: string, max: number): number | undefined => {
  const text = query.get(param)
  if (text === null) return undefined
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= max) return number
  throw new GatewayError(400, 'invalid_value', `'${param}' must be a whole number from 1 to ${max}.`, { param })
}

const invalidError = (fields: JsonObject, param: string, message: string): GatewayError =>
  new GatewayError(400, fields[param] === undefined ? 'missing_required_parameter' : 'invalid_value', message, {
    param,
  })
