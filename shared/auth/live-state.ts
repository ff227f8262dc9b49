import type { JsonObject } from '../protocol/json.ts'
import { invalidAccessToken } from './refusals.ts'
import { type ServerAccess, serverUserLookup } from './server-user-lookup.ts'
import type { FetchProfile } from './user-profile.ts'

/** The live state of a verified token's user, as a profile.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
export type LiveState = (token: string, id: string) => Promise<JsonObject>

/** Asks whether a user is still there: natively where the gateway has server credentials, else with the user's own token.
 *  What the native call cannot vouch for, for want of an answer or of the user, the user's own token decides. */
export const liveState = (fetchProfile: FetchProfile, access: ServerAccess | undefined): LiveState => {
  const byToken: LiveState = async (token, id) => {
    const profile = await fetchProfile(token)
    if (profile['sub'] !== id) throw invalidAccessToken()
    return profile
  }
  if (access === undefined) return byToken
  const lookup = serverUserLookup(access)
  return async (token, id) => (await lookup(id).catch(() => undefined)) ?? byToken(token, id)
}

/** The same, and while it is asked for something else that is needed next. By then the token's signature holds, so nobody can cause
 *  it who is not a user. It is over before the answer is given, good or bad, and its own failure is not heard here. */
export const accompanied =
  (state: LiveState, meanwhile: () => Promise<unknown> = () => Promise.resolve()): LiveState =>
  async (token, id) => {
    const asking = state(token, id)
    await Promise.allSettled([asking, meanwhile()])
    return asking
  }

/** Takes the token's word: a blocked user stays in until the token expires. */
export const noLiveState: LiveState = () => Promise.resolve({})
