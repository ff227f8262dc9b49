import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'

/** The parts of a JWT, decoded and not verified: the header names the key, the claims name the user. */
export interface DecodedJwt {
  readonly header: JsonObject
  readonly claims: JsonObject
}

const jwtPattern = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+$/

/** Decodes a JWS in compact form (RFC 7515, section 7.1) without verifying it. Returns undefined if it is not one. */
export const decodeJwt = (token: string): DecodedJwt | undefined => {
  const [, first = '', second = ''] = jwtPattern.exec(token) ?? []
  const header = decodeJsonPart(first)
  const claims = decodeJsonPart(second)
  return isObject(header) && isObject(claims) ? { header, claims } : undefined
}

/** Decodes the header only, which is enough to find the key. Returns undefined if it is not a JSON object. */
export const decodeJwtHeader = (token: string): JsonObject | undefined => {
  const header = decodeJsonPart(token.slice(0, Math.max(0, token.indexOf('.'))))
  return isObject(header) ? header : undefined
}

const decodeJsonPart = (part: string): unknown => parseJson(Buffer.from(part, 'base64url').toString())

/** The `typ` of a ticket. It keeps tickets apart from all other tokens (RFC 8725, section 3.11). */
export const ticketType = 'ticket+jwt'

/** Whether a token claims to be a ticket. It is not verified. */
export const isTicket = (token: string): boolean => decodeJwtHeader(token)?.['typ'] === ticketType
