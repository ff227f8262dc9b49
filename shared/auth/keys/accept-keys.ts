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
  return async (headers, address) => {
    const check = isOff ? 'absent' : await adminKey.check(headers)
    if (check === 'right') return authenticate(headers, address)
    const token = findGatewayToken(headers, true)
    if (check === 'wrong' && token === undefined && !headers.authorization) throw invalidAdminKeyError()
    if (token?.startsWith('sk-') && (isOff || !misconfigured)) return authenticateKey(token, { headers, address })
    // A wrong admin key has waited already.
    const { 'x-gateway-key': _, ...rest } = headers
    return authenticate(token === undefined ? rest : { ...rest, 'x-gateway-token': token }, address)
  }
}
