import type { IncomingHttpHeaders } from 'node:http'
import type { CloudbaseAccess } from '../drivers/cloudbase.ts'
import { GatewayError } from '../protocol/errors.ts'
import type { User } from '../protocol/user.ts'
import { sha256 } from '../runtime/sha256.ts'
import { tokenBucket } from '../runtime/token-bucket.ts'
import { accompanied, checkAccount, skipAccountCheck } from './account-status.ts'
import { type AdminKey, invalidAdminKeyError } from './admin-key.ts'
import { getAuthEndpoints } from './auth-endpoints.ts'
import { serverTokenError, userBlockedError } from './auth-errors.ts'
import { parseBearerToken } from './bearer-token.ts'
import { createJwks } from './jwks.ts'
import { createTokenCache } from './token-cache.ts'
import { createFetchUserinfo } from './userinfo.ts'
import type { VerifyToken } from './verified-token.ts'
import { createVerifyByUserinfo } from './verify-by-userinfo.ts'
import { createVerifyJwt } from './verify-jwt.ts'

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
  readonly credentials: CloudbaseAccess['credentials'] | undefined
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

const unauthenticatedUser: User = { id: null, kind: 'unauthenticated', groups: [] }
const administratorUser: User = { id: 'admin', kind: 'admin', groups: [] }

/** Authenticates requests by the CloudBase access token they carry; a right admin key passes too. Nothing else of a request
 *  names its user.
 *  @throws missing_credentials, invalid_access_token, access_token_expired, invalid_admin_key (401), permission_denied (403),
 *  rate_limit_exceeded (429), auth_unavailable, gateway_misconfigured (503) */
export const createAuthenticate = (options: AuthOptions): Authenticate => {
  if (options.mode === 'disabled') return () => Promise.resolve(unauthenticatedUser)
  const { misconfigured, deniedUsers } = options
  const identify: Authenticate = misconfigured
    ? () => Promise.reject(new GatewayError(503, 'gateway_misconfigured', misconfigured))
    : createIdentify(options)
  return async (headers) => {
    const adminKey = await options.adminKey.check(headers)
    if (adminKey === 'right') return administratorUser
    if (adminKey === 'wrong' && !headers.authorization) throw invalidAdminKeyError()
    const user = await identify(headers)
    if (user.id !== null && deniedUsers.has(user.id)) throw userBlockedError()
    return user
  }
}

const createIdentify = (options: AuthOptions): Authenticate => {
  const { mode, envId, allowAnonymous, cacheTtlMs: ttlMs, now = Date.now } = options
  if (mode === 'gateway') {
    const admission = { allowAnonymous }
    return async (headers) => {
      const { getPlatformUser } = await import('./platform-context.ts')
      return getPlatformUser(headers, { envId, admission })
    }
  }
  const userOf = createTokenCache(rejectOwnKey(createVerify(options, now), options.credentials), { ttlMs, now })
  return (headers) => userOf(parseBearerToken(headers))
}

const createVerify = (options: AuthOptions, now: () => number): VerifyToken => {
  const { mode, envId, region, allowAnonymous, credentials, timeoutMs = 2_000 } = options
  const { keysUrl, userUrl, issuers } = getAuthEndpoints(options)
  const admission = { allowAnonymous }
  const fetchProfile = createFetchUserinfo(userUrl, timeoutMs)
  const remotely = createVerifyByUserinfo({ fetchProfile, envId, admission, now })
  if (mode === 'remote') return remotely
  return createVerifyJwt({
    keys: createJwks({ url: keysUrl, timeoutMs, issuers, audience: envId, now }),
    issuers,
    envId,
    admission,
    checkAccount: options.checkState
      ? accompanied(checkAccount(fetchProfile, credentials && { envId, region, credentials }), options.meanwhile)
      : skipAccountCheck,
    verifyByUserinfo: remotely,
    unknownKeyBudget: tokenBucket({ burst: 50, perSecond: 5, now }),
    now,
  })
}

/** The gateway's own API key is a token that CloudBase would accept; it must not come back as somebody's. */
const rejectOwnKey = (verify: VerifyToken, credentials: AuthOptions['credentials']): VerifyToken => {
  if (credentials === undefined || !('accessKey' in credentials)) return verify
  const own = sha256(credentials.accessKey)
  return (token) => (sha256(token).equals(own) ? Promise.reject(serverTokenError()) : verify(token))
}
