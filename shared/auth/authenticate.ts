import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../protocol/errors.ts'
import type { User } from '../protocol/user.ts'
import type { AdminKey } from './admin-key.ts'
import { bearerToken } from './bearer.ts'
import { type VerifyToken, verifyRemotely } from './verify-remotely.ts'

export interface AuthOptions {
  /** Authentication is off: every request passes, under no user id. */
  readonly disabled: boolean
  /** Why requests cannot be authenticated as configured; undefined when they can. */
  readonly misconfigured: string | undefined
  /** Origin of the environment's auth service, such as `https://<env>.api.tcloudbasegateway.com`. */
  readonly authOrigin: string
  readonly adminKey: AdminKey
}

/** Tells who a request is from. */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<User>

const unauthenticated: User = { id: null, kind: 'unauthenticated', groups: [] }
const administrator: User = { id: null, kind: 'admin', groups: [] }

/** Authenticates requests by the CloudBase access token they carry; a right admin key passes too.
 *  @throws missing_credentials, invalid_access_token (401), auth_unavailable, gateway_misconfigured (503) */
export const authentication = (options: AuthOptions): Authenticate => {
  if (options.disabled) return () => Promise.resolve(unauthenticated)
  const verify: VerifyToken = verifyRemotely(options.authOrigin)
  return async (headers) => {
    if (options.adminKey.matches(headers)) return administrator
    if (options.misconfigured) throw new GatewayError(503, 'gateway_misconfigured', options.misconfigured)
    return verify(bearerToken(headers))
  }
}
