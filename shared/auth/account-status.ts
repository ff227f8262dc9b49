import type { CloudbaseAccess } from '../drivers/cloudbase.ts'
import { isGatewayError } from '../protocol/errors.ts'
import type { JsonObject } from '../runtime/json.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { invalidTokenError, userBlockedError } from './auth-errors.ts'
import type { FetchUserinfo } from './userinfo.ts'

/** Checks that the user of a verified token still has an active account. Resolves with the user's current profile.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
export type CheckAccount = (token: string, id: string) => Promise<JsonObject>

/** Creates the account check. It requests the profile with the user's own token: only that shows blocked users and
 *  ended sessions. If the login service does not respond and there are server credentials, the SDK's look-up stands
 *  in for it (docs/decisions/0011-live-state.md). */
export const createCheckAccount =
  (fetchUserinfo: FetchUserinfo, access: CloudbaseAccess | undefined): CheckAccount =>
  async (token, id) => {
    const profile = await fetchUserinfo(token).catch(async (error: unknown) => {
      const isAway = isGatewayError(error) && error.code === 'auth_unavailable'
      const found = isAway && access ? await findUserById(access, id).catch(() => undefined) : undefined
      if (found === undefined) throw error
      if (found.status !== 'ACTIVE') throw userBlockedError()
      return { sub: id, is_anonymous: found.isAnonymous === true }
    })
    if (profile['sub'] !== id) throw invalidTokenError()
    return profile
  }

const lookupTimeoutMs = 2_000

/** The fields that we read from the result of `auth().getEndUserInfo`. The SDK documents no `status`. */
interface EndUser {
  readonly uid?: string
  readonly isAnonymous?: boolean
  readonly status?: string
}

/** Looks up a user of the environment (`@cloudbase/node-sdk` 3.18.3, `auth().getEndUserInfo`). Returns undefined if
 *  there is no such user, or the result states no status. Rejects if the service does not respond. */
const findUserById = async (access: CloudbaseAccess, id: string): Promise<EndUser | undefined> => {
  const { getCloudbaseApp } = await import('../drivers/cloudbase.ts')
  const app = await getCloudbaseApp(access)
  const lookup = Promise.resolve(app.auth().getEndUserInfo(id))
  const { userInfo } = (await withTimeout(lookupTimeoutMs, lookup)) as { readonly userInfo?: EndUser }
  return userInfo?.uid === id && typeof userInfo.status === 'string' ? userInfo : undefined
}
