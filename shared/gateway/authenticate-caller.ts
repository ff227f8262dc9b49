import { type Authenticate, createAuthenticate } from '../auth/authenticate.ts'
import { once } from '../runtime/memoize.ts'
import type { CoreConfig } from './config/config.ts'

/** Creates the authentication of an endpoint for users. If they have keys, the code for those is loaded at once, so that
 *  the log names a mistake in their set-up at start.
 *  @param endpoint its name; a key that is bound to others is refused. Undefined: it is open to each key */
export const authenticateCaller = (config: CoreConfig, endpoint?: string): Authenticate => {
  const authenticate = createAuthenticate(config.auth)
  const { keys } = config
  if (!keys) return authenticate
  const load = once(async () =>
    (await import('./stores/with-keys.ts')).withKeys(config, keys, { authenticate, endpoint }),
  )
  load().catch(() => undefined)
  return async (...request) => (await load())(...request)
}
