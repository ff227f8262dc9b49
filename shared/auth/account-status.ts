import type { CloudbaseAccess } from '../drivers/cloudbase.ts'
import { isGatewayError } from '../protocol/errors.ts'
import type { JsonObject } from '../runtime/json.ts'
import { invalidTokenError, userBlockedError } from './auth-errors.ts'
import type { FetchUserinfo } from './tokens/userinfo.ts'

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
      const found = isAway && access ? await lookUp(access, id).catch(() => undefined) : undefined
      if (found?.status === undefined) throw error
      if (found.status !== 'ACTIVE') throw userBlockedError()
      return { sub: id, is_anonymous: found.isAnonymous }
    })
    if (profile['sub'] !== id) throw invalidTokenError()
    return profile
  }

/** The look-up is rare, so its code is loaded then. */
const lookUp = async (access: CloudbaseAccess, id: string) => (await import('./find-user.ts')).findUser(access, id)
