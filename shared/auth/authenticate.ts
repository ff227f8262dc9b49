import type { IncomingHttpHeaders } from 'node:http'
import type { CloudbaseAccess } from '../drivers/cloudbase.ts'
import { GatewayError } from '../protocol/errors.ts'
import type { User } from '../protocol/user.ts'
import { sha256 } from '../runtime/sha256.ts'
import { tokenBucket } from '../runtime/token-bucket.ts'
import { acceptTickets } from './accept-tickets.ts'
import { createCheckAccount } from './account-status.ts'
import { type AdminKey, invalidAdminKeyError } from './admin-key.ts'
import { getAuthEndpoints } from './auth-endpoints.ts'
import { invalidTokenError, serverTokenError } from './auth-errors.ts'
import { findBearerToken, requireToken } from './bearer-token.ts'
import { isTicket } from './tokens/decode-jwt.ts'
import { createJwks } from './tokens/jwks.ts'
import { createTokenCache } from './tokens/token-cache.ts'
import { createFetchUserinfo } from './tokens/userinfo.ts'
import { type Identity, toIdentity, type UserPolicy, type VerifyToken } from './tokens/verified-token.ts'
import { createVerifyByUserinfo } from './tokens/verify-by-userinfo.ts'
import { createVerifyJwt } from './tokens/verify-jwt.ts'
import { createVerifyWithinBudget } from './tokens/verify-within-budget.ts'

/** Options of authentication. */
export interface AuthOptions extends UserPolicy {
  /** `jwks`: verify the signature, then check the account. `remote`: the login service verifies each token. `gateway`:
   *  the platform has verified the token. `disabled`: every request passes, without a user id. */
  readonly mode: 'jwks' | 'remote' | 'gateway' | 'disabled'
  /** Why requests cannot be authenticated as configured. Undefined if they can. */
  readonly misconfigured: string | undefined
  /** CloudBase environment id. */
  readonly envId: string
  readonly region: string
  /** Replaces the host that checks tokens. Undefined: CloudBase's own. */
  readonly origin: string | undefined
  /** Whether the account is checked after the signature (`jwks`). */
  readonly checkState: boolean
  /** The server's own credentials. With them the SDK's look-up stands in while the login service is away. */
  readonly credentials: CloudbaseAccess['credentials'] | undefined
  /** How long a verified token is cached, in milliseconds. */
  readonly cacheTtlMs: number
  readonly adminKey: AdminKey
  /** The secrets of tickets (`ticket.ts`). Empty: no tickets are accepted. */
  readonly ticketSecrets: readonly string[]
  /** Timeout of one call to the login service, in milliseconds. Default 2,000. */
  readonly timeoutMs?: number
  /** Milliseconds since 1970. Default: the system clock. */
  readonly now?: () => number
}

/** The connection of a request. Its address is looked up only if a key is bound to some. */
export interface Connection {
  /** The address at the other end. */
  readonly remoteAddress?: string | undefined
}

/** Authenticates a request. Resolves as soon as its credential is genuine; `user` then confirms the account.
 *  @throws missing_credentials, invalid_access_token, access_token_expired, invalid_api_key, invalid_admin_key (401),
 *  permission_denied (403), rate_limit_exceeded (429), auth_unavailable, gateway_misconfigured (503) */
export type Authenticate = (headers: IncomingHttpHeaders, connection?: Connection) => Promise<Identity>

const unauthenticatedUser: User = { id: null, kind: 'unauthenticated', groups: [] }
const administratorUser: User = { id: 'admin', kind: 'admin', groups: [] }

/** Creates the authentication of requests by their CloudBase access token, or by the ticket of a mini-program user. The
 *  right admin key passes too. No other part of a request can name its user. */
export const createAuthenticate = (options: AuthOptions): Authenticate => {
  const { mode, misconfigured } = options
  if (mode === 'disabled') return () => Promise.resolve(toIdentity(unauthenticatedUser))
  const identify: Authenticate = misconfigured
    ? () => Promise.reject(new GatewayError(503, 'gateway_misconfigured', misconfigured))
    : createIdentify(options)
  return async (headers) => {
    const adminKey = await options.adminKey.check(headers)
    if (adminKey === 'right') return toIdentity(administratorUser)
    if (adminKey === 'wrong' && !headers.authorization && !headers['x-gateway-token']) throw invalidAdminKeyError()
    return identify(headers)
  }
}

const createIdentify = (options: AuthOptions): Authenticate => {
  const { mode, envId, cacheTtlMs: ttlMs, ticketSecrets: secrets, now = Date.now } = options
  const ticketOptions = { secrets, envId, policy: options, now }
  if (mode === 'gateway') {
    const verifyTicket = acceptTickets(rejectToken, ticketOptions)
    return async (headers) => {
      const token = secrets.length > 0 ? await readToken(headers) : undefined
      if (token !== undefined && isTicket(token)) return verifyTicket(token)
      const { getPlatformUser } = await import('./platform-context.ts')
      return toIdentity(getPlatformUser(headers, { envId, policy: options }))
    }
  }
  const verify = acceptTickets(createVerify(options, now), ticketOptions)
  const verifyToken = createTokenCache(rejectOwnKey(verify, options.credentials), { ttlMs, now })
  return async (headers) => verifyToken(requireToken(await readToken(headers)))
}

const readToken = async (headers: IncomingHttpHeaders): Promise<string | undefined> => {
  if (!headers['x-gateway-token']) return findBearerToken(headers)
  const { findGatewayToken } = await import('./gateway-token.ts')
  return findGatewayToken(headers)
}

const rejectToken: VerifyToken = () => Promise.reject(invalidTokenError())

const createVerify = (options: AuthOptions, now: () => number): VerifyToken => {
  const { mode, envId, region, credentials, checkState, timeoutMs = 2_000 } = options
  const { keysUrl, userUrl, issuers } = getAuthEndpoints(options)
  const fetchUserinfo = createFetchUserinfo(userUrl, timeoutMs)
  const shared = { envId, policy: options, now }
  const verifyByUserinfo = createVerifyByUserinfo({ ...shared, fetchUserinfo })
  const keys = createJwks({ url: keysUrl, timeoutMs, issuers, audience: envId, now })
  const budget = tokenBucket({ burst: 50, perSecond: 5, now })
  if (mode === 'remote') return createVerifyWithinBudget({ verify: verifyByUserinfo, budget, keys })
  const access = credentials && { envId, region, credentials }
  return createVerifyJwt({
    ...shared,
    keys,
    issuers,
    checkAccount: checkState ? createCheckAccount(fetchUserinfo, access) : undefined,
    verifyByUserinfo,
    unknownKeyBudget: budget,
  })
}

/** Rejects the gateway's own API key. CloudBase would accept it as a token, but a caller must not use it as their
 *  own. */
const rejectOwnKey = (verify: VerifyToken, credentials: AuthOptions['credentials']): VerifyToken => {
  if (credentials === undefined || !('accessKey' in credentials)) return verify
  const ownKey = sha256(credentials.accessKey)
  return (token) => (sha256(token).equals(ownKey) ? Promise.reject(serverTokenError()) : verify(token))
}
