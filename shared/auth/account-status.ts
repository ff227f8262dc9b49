import type { CloudbaseAccess } from '../drivers/cloudbase.ts'
import type { JsonObject } from '../runtime/json.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { invalidTokenError } from './auth-errors.ts'
import type { FetchUserinfo } from './userinfo.ts'

/** The live state of a verified token's user, as a profile.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
export type CheckAccount = (token: string, id: string) => Promise<JsonObject>

/** Asks whether a user is still there: natively where the gateway has server credentials, else with the user's own token.
 *  What the native call cannot vouch for, for want of an answer or of the user, the user's own token decides. */
export const checkAccount = (fetchProfile: FetchUserinfo, access: CloudbaseAccess | undefined): CheckAccount => {
  const byToken: CheckAccount = async (token, id) => {
    const profile = await fetchProfile(token)
    if (profile['sub'] !== id) throw invalidTokenError()
    return profile
  }
  if (access === undefined) return byToken
  const lookup = findUserById(access)
  return async (token, id) => (await lookup(id).catch(() => undefined)) ?? byToken(token, id)
}

/** The same, and while it is asked for something else that is needed next. By then the token's signature holds, so nobody can cause
 *  it who is not a user. It is over before the answer is given, good or bad, and its own failure is not heard here. */
export const accompanied =
  (state: CheckAccount, meanwhile: () => Promise<unknown> = () => Promise.resolve()): CheckAccount =>
  async (token, id) => {
    const asking = state(token, id)
    await Promise.allSettled([asking, meanwhile()])
    return asking
  }

/** Takes the token's word: a blocked user stays in until the token expires. */
export const skipAccountCheck: CheckAccount = () => Promise.resolve({})

/** Looks a user up by id; undefined when there is none. It rejects when the service did not answer. */
export type FindUserById = (id: string) => Promise<JsonObject | undefined>

const lookupTimeoutMs = 2_000

/** What `auth().getEndUserInfo` answers, as far as it is read. */
interface EndUser {
  readonly userInfo?: { readonly uid?: string; readonly isAnonymous?: boolean; readonly status?: string }
}

/** Finds the environment's users through `@cloudbase/node-sdk` 3.18.3, `auth().getEndUserInfo`. */
export const findUserById =
  (access: CloudbaseAccess): FindUserById =>
  async (id) => {
    const { getCloudbaseApp } = await import('../drivers/cloudbase.ts')
    const app = await getCloudbaseApp(access)
    const found = Promise.resolve(app.auth().getEndUserInfo(id))
    const { userInfo } = (await withTimeout(lookupTimeoutMs, found)) as EndUser
    if (userInfo?.uid !== id || (userInfo.status ?? 'ACTIVE') !== 'ACTIVE') return undefined
    return { sub: id, is_anonymous: userInfo.isAnonymous === true }
  }
