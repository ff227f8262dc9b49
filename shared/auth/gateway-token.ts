import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../protocol/errors.ts'
import { invalidTokenError } from './auth-errors.ts'
import { findBearerToken } from './bearer-token.ts'
import { decodeJwt } from './decode-jwt.ts'
import { rejectNonUserToken } from './verified-token.ts'

/** Returns the token of `X-Gateway-Token`, which mini programs use, because the platform may take `Authorization` for
 *  itself. The value is a token alone, or behind `Bearer`. A blank value leaves the token to `Authorization`.
 *  @throws invalid_access_token (401) if the header came twice, or if `Authorization` holds another user's token */
export const findGatewayToken = (headers: IncomingHttpHeaders): string | undefined => {
  const bearer = findBearerToken(headers)
  const token = String(headers['x-gateway-token'] ?? '')
    .trim()
    .replace(/^bearer +/i, '')
  if (token === '') return bearer
  if (/[\s,]/.test(token)) throw invalidTokenError()
  if (bearer !== undefined && bearer !== token && !isOfPlatform(bearer)) throw conflictError()
  return token
}

/** Whether a token of `Authorization` is one that the platform or its SDKs add by themselves: a publishable key or a
 *  server's token. It is never accepted, so it cannot contradict the token beside it. */
const isOfPlatform = (bearer: string): boolean => rejectNonUserToken(decodeJwt(bearer)?.claims ?? {}) !== undefined

const conflictError = (): GatewayError =>
  new GatewayError(
    401,
    'invalid_access_token',
    'Authorization and X-Gateway-Token hold different tokens. Send the token of one user in one of them.',
  )
