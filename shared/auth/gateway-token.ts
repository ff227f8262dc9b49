import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../protocol/errors.ts'
import { invalidTokenError } from './auth-errors.ts'
import { findBearerToken } from './bearer-token.ts'
import { decodeJwt } from './tokens/decode-jwt.ts'
import { rejectNonUserToken } from './tokens/verified-token.ts'

/** Returns the token of `X-Gateway-Token`, which mini programs use, because the platform may take `Authorization` for
 *  itself; or the key of `x-api-key`, if the gateway has keys. The value is a token alone, or behind `Bearer`. A blank
 *  value leaves the token to `Authorization`.
 *  @throws invalid_access_token (401) if a header came twice, or if two headers hold different tokens */
export const findGatewayToken = (headers: IncomingHttpHeaders, hasKeys = false): string | undefined => {
  const bearer = findBearerToken(headers)
  const given = [headers['x-gateway-token'], hasKeys ? headers['x-api-key'] : undefined].map(readTokenHeader)
  const [token, other] = given.filter((value) => value !== '')
  if (token === undefined) return bearer
  if (other !== undefined && other !== token) throw twoTokensError()
  if (bearer !== undefined && bearer !== token && !isOfPlatform(bearer)) throw twoTokensError()
  return token
}

const readTokenHeader = (value: string | string[] | undefined): string => {
  const token = String(value ?? '')
    .trim()
    .replace(/^bearer +/i, '')
  if (/[\s,]/.test(token)) throw invalidTokenError()
  return token
}

/** Whether a token of `Authorization` is one that the platform or its SDKs add by themselves: a publishable key or a
 *  server's token. It is never accepted, so it cannot contradict the token beside it. */
const isOfPlatform = (bearer: string): boolean => rejectNonUserToken(decodeJwt(bearer)?.claims ?? {}) !== undefined

const twoTokensError = (): GatewayError =>
  new GatewayError(
    401,
    'invalid_access_token',
    'Authorization, X-Gateway-Token or x-api-key hold different tokens. Send the token of one user in one of them.',
  )
