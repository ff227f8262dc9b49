import { invalidTokenError } from './auth-errors.ts'
import { decodeJwt } from './decode-jwt.ts'
import type { FetchUserinfo } from './userinfo.ts'
import { type Admission, admitUser, toVerifiedToken, type VerifyToken } from './verified-token.ts'
import { precheckClaims } from './verify-jwt.ts'

export interface UserinfoVerifyOptions {
  readonly fetchProfile: FetchUserinfo
  /** CloudBase environment id. */
  readonly envId: string
  readonly admission: Admission
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Verifies tokens with the auth service itself, as the original does. A token that can be read must also not contradict the
 *  answer, and is refused unasked when it could not be good; one that cannot be read is the service's to judge. */
export const createVerifyByUserinfo =
  ({ fetchProfile, envId, admission, now }: UserinfoVerifyOptions): VerifyToken =>
  async (token) => {
    const claims = decodeJwt(token)?.claims ?? {}
    precheckClaims(claims, { envId, issuers: undefined, now: now() })
    const profile = await fetchProfile(token)
    const { sub } = profile
    if ((claims['sub'] ?? sub) !== sub) throw invalidTokenError()
    return toVerifiedToken({ ...claims, sub }, profile, [admitUser(claims, admission), admitUser(profile, admission)])
  }
