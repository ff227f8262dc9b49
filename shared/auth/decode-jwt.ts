import { isObject, type JsonObject, parseJson } from '../runtime/json.ts'

/** What a token says: the header names its key, the claims its user. Read, not verified. */
export interface DecodedJwt {
  readonly header: JsonObject
  readonly claims: JsonObject
}

const jwtPattern = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+$/

/** Reads a JWS in compact form (RFC 7515, section 7.1) without verifying it; undefined when it is none. */
export const decodeJwt = (token: string): DecodedJwt | undefined => {
  const [, first = '', second = ''] = jwtPattern.exec(token) ?? []
  const header = decodeJsonPart(first)
  const claims = decodeJsonPart(second)
  return isObject(header) && isObject(claims) ? { header, claims } : undefined
}

/** The header alone: enough to find the key. */
export const decodeJwtHeader = (token: string): JsonObject | undefined => {
  const header = decodeJsonPart(token.slice(0, Math.max(0, token.indexOf('.'))))
  return isObject(header) ? header : undefined
}

const decodeJsonPart = (part: string): unknown => parseJson(Buffer.from(part, 'base64url').toString())

/** The groups and roles that claims or a profile name: plain strings, or objects with an `id` (`GET /auth/v1/user/me`). */
export const getGroupNames = (value: unknown): string[] | undefined => {
  if (!Array.isArray(value)) return undefined
  const names = value.map((item: unknown) => (isObject(item) ? item['id'] : item))
  return names.filter((name): name is string => typeof name === 'string' && name !== '')
}
