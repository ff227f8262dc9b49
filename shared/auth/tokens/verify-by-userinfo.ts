import { invalidTokenError } from '../auth-errors.ts'
import { decodeJwt } from './decode-jwt.ts'
import type { FetchUserinfo } from './userinfo.ts'
import { getExpiry, toIdentity, toUser, type UserPolicy, type VerifyToken } from './verified-token.ts'
import { precheckClaims } from './verify-jwt.ts'

/** Options of the verification by the login service. */
export interface UserinfoVerifyOptions {
  readonly fetchUserinfo: FetchUserinfo
  /** CloudBase environment id. */
  readonly envId: string
  readonly policy: UserPolicy
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Verifies tokens by a call to the login service, as the original does. If the token is a JWT, its claims are checked
 *  first, and its `sub` must be that of the profile. Other tokens are left to the login service. */
export const createVerifyByUserinfo =
  ({ fetchUserinfo, envId, policy, now }: UserinfoVerifyOptions): VerifyToken =>
  async (token) => {
    const claims = decodeJwt(token)?.claims ?? {}
    precheckClaims(claims, { envId, issuers: undefined, now: now() })
    const profile = await fetchUserinfo(token)
    const { sub } = profile
    if ((claims['sub'] ?? sub) !== sub) throw invalidTokenError()
    const user = toUser({ ...claims, sub }, profile, policy)
    return { ...toIdentity(user), expiresAt: getExpiry(claims) }
  }
