import { type Authenticate, createAuthenticate } from '../auth/authenticate.ts'
import type { Identity } from '../auth/tokens/verified-token.ts'
import type { Request } from '../http/request.ts'
import type { Registry } from '../models/registry.ts'
import type { User } from '../protocol/user.ts'
import { once } from '../runtime/memoize.ts'
import type { CoreConfig } from './config/config.ts'

/** Authenticates the caller of a request, and ends its phase `auth_ms`. Resolves when the account is confirmed.
 *  @throws what {@link Authenticate} throws */
export type AuthenticateCaller = (request: Request) => Promise<User>

/** What an endpoint says of itself. */
export interface CallerOptions {
  /** Its name; a key that is bound to others is refused. Undefined: it is open to each key. */
  readonly endpoint?: string
  /** The model map, if the endpoint needs it next. */
  readonly models?: MapToRefresh
}

type MapToRefresh = Pick<Registry, 'current'>

/** Creates the authentication of an endpoint for users. */
export const createAuthenticateCaller = (
  config: CoreConfig,
  { endpoint, models }: CallerOptions = {},
): AuthenticateCaller => {
  const authenticate = createAuthenticateWithKeys(config, endpoint)
  return async ({ headers, message, timing }) => {
    const user = await confirmUser(await authenticate(headers, message.socket), models)
    timing.markAuthenticated(user.kind === 'admin')
    return user
  }
}

/** If users have keys, the code for those is loaded at once, so that the log names a mistake in their set-up at start. */
const createAuthenticateWithKeys = (config: CoreConfig, endpoint: string | undefined): Authenticate => {
  const authenticate = createAuthenticate(config.auth)
  const { keys } = config
  if (!keys) return authenticate
  const load = once(async () =>
    (await import('./stores/with-keys.ts')).withKeys(config, keys, { authenticate, endpoint }),
  )
  load().catch(() => undefined)
  return async (...request) => (await load())(...request)
}

/** Waits until the account of a caller is confirmed. While the login service checks it, a model map that the request
 *  needs next is refreshed as well (docs/decisions/0064-the-map-beside-the-login.md). Both end before a
 *  rejection is thrown, so that no work goes on after a reply. A failure of the map is ignored here: it shows when the
 *  route is looked up.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
export const confirmUser = async ({ user, isPending }: Identity, models?: MapToRefresh): Promise<User> => {
  if (isPending) await Promise.allSettled([user, models?.current()])
  return user
}
