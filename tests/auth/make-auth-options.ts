import { createAdminKey } from '../../shared/auth/admin-key.ts'
import type { AuthOptions } from '../../shared/auth/authenticate.ts'
import type { CloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'

/** Makes the options of an authentication by the stand-in of the login service: tokens are verified by its keys, and then by the
 *  user's live state. Its calls time out after 400 ms. */
export const makeAuthOptions = (auth: CloudBaseAuth, changed: Partial<AuthOptions>): AuthOptions => ({
  mode: 'jwks',
  misconfigured: undefined,
  envId: auth.envId,
  region: 'ap-shanghai',
  origin: auth.origin,
  checkState: true,
  credentials: undefined,
  allowAnonymous: false,
  cacheTtlMs: 60_000,
  deniedUsers: new Set(),
  adminKey: createAdminKey({ key: undefined }),
  ticketSecrets: [],
  timeoutMs: 400,
  ...changed,
})
