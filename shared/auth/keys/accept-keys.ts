import type { IncomingHttpHeaders } from 'node:http'
import { invalidAdminKeyError } from '../admin-key.ts'
import type { Authenticate, AuthOptions } from '../authenticate.ts'
import { findGatewayToken } from '../gateway-token.ts'
import type { AuthenticateKey } from './authenticate-key.ts'

/** The options of {@link acceptKeys}. */
export interface AcceptOptions extends Pick<AuthOptions, 'mode' | 'misconfigured' | 'adminKey'> {
  readonly authenticateKey: AuthenticateKey
}

/** Authenticates by its key each request that carries one (`sk-…`), in any of the three headers, and leaves all others to
 *  `authenticate`. The right admin key has precedence. A login token in `x-api-key` counts, too. */
export const acceptKeys = (
  authenticate: Authenticate,
  { mode, misconfigured, adminKey, authenticateKey }: AcceptOptions,
): Authenticate => {
  const isOff = mode === 'disabled'
  return async (headers, connection) => {
    const check = isOff ? 'absent' : await adminKey.check(headers)
    if (check === 'right') return authenticate(headers)
    const token = findGatewayToken(headers, true)
    if (check === 'wrong' && token === undefined && !headers.authorization) throw invalidAdminKeyError()
    if (token?.startsWith('sk-') && (isOff || !misconfigured)) return authenticateKey(token, { headers, connection })
    return authenticate(toKnownHeaders(check === 'absent' ? headers : dropAdminKey(headers), token))
  }
}

/** Moves a login token from `x-api-key` to a header that `authenticate` reads. */
const toKnownHeaders = (headers: IncomingHttpHeaders, token: string | undefined): IncomingHttpHeaders =>
  headers['x-api-key'] === undefined || token === undefined ? headers : { ...headers, 'x-gateway-token': token }

/** A wrong admin key has waited already. */
const dropAdminKey = ({ 'x-gateway-key': _, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders => headers
