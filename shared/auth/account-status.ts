import type { CloudbaseAccess } from '../drivers/cloudbase.ts'
import type { JsonObject } from '../runtime/json.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { invalidTokenError } from './auth-errors.ts'
import type { FetchUserinfo } from './userinfo.ts'

/** Checks that the user of a verified token still has an active account. Resolves with the user's current profile.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
export type CheckAccount = (token: string, id: string) => Promise<JsonObject>

/** Creates the account check. With server credentials it looks the user up by id (`@cloudbase/node-sdk`), else it
 *  requests the profile with the user's own token. If the lookup fails or does not find the user, the user's own token
 *  decides. */
export const createCheckAccount = (fetchUserinfo: FetchUserinfo, access: CloudbaseAccess | undefined): CheckAccount => {
  const checkByToken: CheckAccount = async (token, id) => {
    const profile = await fetchUserinfo(token)
    if (profile['sub'] !== id) throw invalidTokenError()
    return profile
  }
  if (access === undefined) return checkByToken
  return async (token, id) => (await findUserById(access, id).catch(() => undefined)) ?? checkByToken(token, id)
}

const lookupTimeoutMs = 2_000

/** The fields that we read from the result of `auth().getEndUserInfo`. */
interface EndUser {
  readonly userInfo?: { readonly uid?: string; readonly isAnonymous?: boolean; readonly status?: string }
}

/** Looks up a user of the environment (`@cloudbase/node-sdk` 3.18.3, `auth().getEndUserInfo`). Returns undefined if
 *  there is no active user with this id. Rejects if the service does not respond. */
const findUserById = async (access: CloudbaseAccess, id: string): Promise<JsonObject | undefined> => {
  const { getCloudbaseApp } = await import('../drivers/cloudbase.ts')
  const app = await getCloudbaseApp(access)
  const lookup = Promise.resolve(app.auth().getEndUserInfo(id))
  const { userInfo } = (await withTimeout(lookupTimeoutMs, lookup)) as EndUser
  if (userInfo?.uid !== id || (userInfo.status ?? 'ACTIVE') !== 'ACTIVE') return undefined
  return { sub: id, is_anonymous: userInfo.isAnonymous === true }
}
