import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../protocol/errors.ts'
import { invalidTokenError } from './auth-errors.ts'

/** The maximum length of a token, in characters. */
const maxTokenLength = 8192

/** Returns the token of an `Authorization: Bearer` header (RFC 6750, section 2.1): exactly two words, the scheme in any
 *  case. Returns undefined if there is none. */
export const findBearerToken = ({ authorization = '' }: IncomingHttpHeaders): string | undefined => {
  const [scheme, token, ...more] = authorization.split(' ')
  return scheme?.toLowerCase() === 'bearer' && token && more.length === 0 ? token : undefined
}

/** Checks that a request has a token, and returns it.
 *  @throws missing_credentials (401) if there is none, invalid_access_token (401) if it is too long */
export const requireToken = (token: string | undefined): string => {
  if (token === undefined) {
    throw new GatewayError(
      401,
      'missing_credentials',
      "Sign in, then send the user's CloudBase access token as 'Authorization: Bearer <token>'.",
    )
  }
  if (token.length > maxTokenLength) throw invalidTokenError()
  return token
}
