import { isObject, type JsonObject, parseJson } from '../runtime/json.ts'

/** What a token says: the header names its key, the claims its user. Read, not verified. */
export interface ReadToken {
  readonly header: JsonObject
  readonly claims: JsonObject
}

const form = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+$/

/** Reads a JWS in compact form (RFC 7515, section 7.1) without verifying it; undefined when it is none. */
export const readToken = (token: string): ReadToken | undefined => {
  const [, first = '', second = ''] = form.exec(token) ?? []
  const header = jsonOf(first)
  const claims = jsonOf(second)
  return isObject(header) && isObject(claims) ? { header, claims } : undefined
}

/** The header alone: enough to find the key. */
export const readHeader = (token: string): JsonObject | undefined => {
  const header = jsonOf(token.slice(0, Math.max(0, token.indexOf('.'))))
  return isObject(header) ? header : undefined
}

const jsonOf = (part: string): unknown => parseJson(Buffer.from(part, 'base64url').toString())

/** The groups and roles that claims or a profile name: plain strings, or objects with an `id` (`GET /auth/v1/user/me`). */
export const namesOf = (value: unknown): string[] | undefined => {
  if (!Array.isArray(value)) return undefined
  const names = value.map((item: unknown) => (isObject(item) ? item['id'] : item))
  return names.filter((name): name is string => typeof name === 'string' && name !== '')
}
