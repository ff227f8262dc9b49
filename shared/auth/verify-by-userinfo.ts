import { invalidAccessToken } from './auth-errors.ts'
import { readToken } from './decode-jwt.ts'
import type { FetchProfile } from './userinfo.ts'
import { type Admission, admit, type VerifyToken, verdictOf } from './verified-token.ts'
import { requirePlausible } from './verify-jwt.ts'

export interface RemoteOptions {
  readonly fetchProfile: FetchProfile
  /** CloudBase environment id. */
  readonly envId: string
  readonly admission: Admission
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Verifies tokens with the auth service itself, as the original does. A token that can be read must also not contradict the
 *  answer, and is refused unasked when it could not be good; one that cannot be read is the service's to judge. */
export const verifyRemotely =
  ({ fetchProfile, envId, admission, now }: RemoteOptions): VerifyToken =>
  async (token) => {
    const claims = readToken(token)?.claims ?? {}
    requirePlausible(claims, { envId, issuers: undefined, now: now() })
    const profile = await fetchProfile(token)
    const { sub } = profile
    if ((claims['sub'] ?? sub) !== sub) throw invalidAccessToken()
    return verdictOf({ ...claims, sub }, profile, [admit(claims, admission), admit(profile, admission)])
  }
