import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../protocol/errors.ts'
import { invalidTokenError } from './auth-errors.ts'

/** The maximum length of a token, in characters. */
const maxTokenLength = 8192

/** Returns the token of an `Authorization: Bearer` header (RFC 6750, section 2.1): exactly two words, the scheme in any
 *  case.
 *  @throws missing_credentials (401) if there is none, invalid_access_token (401) if it is too long */
export const parseBearerToken = ({ authorization = '' }: IncomingHttpHeaders): string => {
  const [scheme, token, ...more] = authorization.split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || !token || more.length > 0) {
    throw new GatewayError(
      401,
      'missing_credentials',
      "Sign in, then send the user's CloudBase access token as 'Authorization: Bearer <token>'.",
    )
  }
  if (token.length > maxTokenLength) throw invalidTokenError()
  return token
}
