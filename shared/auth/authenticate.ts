import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../protocol/errors.ts'
import type { User } from '../protocol/user.ts'
import { digestOf } from '../runtime/sha256.ts'
import { allowance } from '../runtime/token-bucket.ts'
import type { ServerAccess } from './account-status.ts'
import { accompanied, liveState, noLiveState } from './account-status.ts'
import { type AdminKey, invalidAdminKey } from './admin-key.ts'
import { authEndpoints } from './auth-endpoints.ts'
import { serverTokenRefused, userRefused } from './auth-errors.ts'
import { bearerToken } from './bearer-token.ts'
import { keySet } from './jwks.ts'
import { cachedVerdicts } from './token-cache.ts'
import { userProfile } from './userinfo.ts'
import type { VerifyToken } from './verified-token.ts'
import { verifyRemotely } from './verify-by-userinfo.ts'
import { verifyLocally } from './verify-jwt.ts'

export interface AuthOptions {
  /** `jwks`: signature, then live state; `remote`: the auth service is asked; `gateway`: the platform has checked;
   *  `disabled`: every request passes, under no user id. */
  readonly mode: 'jwks' | 'remote' | 'gateway' | 'disabled'
  /** Why requests cannot be authenticated as configured; undefined when they can. */
  readonly misconfigured: string | undefined
  /** CloudBase environment id. */
  readonly envId: string
  readonly region: string
  /** Replaces the host that is asked; undefined: CloudBase's own. */
  readonly origin: string | undefined
  /** Whether the user's live state is asked for after the signature (`jwks`). */
  readonly checkState: boolean
  /** The server's own credentials; undefined: live state is asked for with the user's token. */
  readonly credentials: ServerAccess['credentials'] | undefined
  readonly allowAnonymous: boolean
  /** How long a verified token is believed, in milliseconds. */
  readonly cacheTtlMs: number
  /** Ids of users who are not let in. */
  readonly deniedUsers: ReadonlySet<string>
  readonly adminKey: AdminKey
  /** Time for one question to the auth service, in milliseconds. Default 2,000. */
  readonly timeoutMs?: number
  /** What is needed next, and can be got while the auth service is asked for a user's live state. Default: nothing. */
  readonly meanwhile?: () => Promise<unknown>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Tells who a request is from. */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<User>

const unauthenticated: User = { id: null, kind: 'unauthenticated', groups: [] }
const administrator: User = { id: 'admin', kind: 'admin', groups: [] }

/** Authenticates requests by the CloudBase access token they carry; a right admin key passes too. Nothing else of a request
 *  names its user.
 *  @throws missing_credentials, invalid_access_token, access_token_expired, invalid_admin_key (401), permission_denied (403),
 *  rate_limit_exceeded (429), auth_unavailable, gateway_misconfigured (503) */
export const authentication = (options: AuthOptions): Authenticate => {
  if (options.mode === 'disabled') return () => Promise.resolve(unauthenticated)
  const { misconfigured, deniedUsers } = options
  const identify: Authenticate = misconfigured
    ? () => Promise.reject(new GatewayError(503, 'gateway_misconfigured', misconfigured))
    : identification(options)
  return async (headers) => {
    const adminKey = await options.adminKey.check(headers)
    if (adminKey === 'right') return administrator
    if (adminKey === 'wrong' && !headers.authorization) throw invalidAdminKey()
    const user = await identify(headers)
    if (user.id !== null && deniedUsers.has(user.id)) throw userRefused()
    return user
  }
}

const identification = (options: AuthOptions): Authenticate => {
  const { mode, envId, allowAnonymous, cacheTtlMs: ttlMs, now = Date.now } = options
  if (mode === 'gateway') {
    const admission = { allowAnonymous }
    return async (headers) => {
      const { platformUser } = await import('./platform-context.ts')
      return platformUser(headers, { envId, admission })
    }
  }
  const userOf = cachedVerdicts(unlessOwnKey(verification(options, now), options.credentials), { ttlMs, now })
  return (headers) => userOf(bearerToken(headers))
}

const verification = (options: AuthOptions, now: () => number): VerifyToken => {
  const { mode, envId, region, allowAnonymous, credentials, timeoutMs = 2_000 } = options
  const { keysUrl, userUrl, issuers } = authEndpoints(options)
  const admission = { allowAnonymous }
  const fetchProfile = userProfile(userUrl, timeoutMs)
  const remotely = verifyRemotely({ fetchProfile, envId, admission, now })
  if (mode === 'remote') return remotely
  return verifyLocally({
    keys: keySet({ url: keysUrl, timeoutMs, issuers, audience: envId, now }),
    issuers,
    envId,
    admission,
    liveState: options.checkState
      ? accompanied(liveState(fetchProfile, credentials && { envId, region, credentials }), options.meanwhile)
      : noLiveState,
    remotely,
    allowance: allowance({ burst: 50, perSecond: 5, now }),
    now,
  })
}

/** The gateway's own API key is a token that CloudBase would accept; it must not come back as somebody's. */
const unlessOwnKey = (verify: VerifyToken, credentials: AuthOptions['credentials']): VerifyToken => {
  if (credentials === undefined || !('accessKey' in credentials)) return verify
  const own = digestOf(credentials.accessKey)
  return (token) => (digestOf(token).equals(own) ? Promise.reject(serverTokenRefused()) : verify(token))
}
