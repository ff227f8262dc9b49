import { sendRequest } from '../drivers/http-request.ts'
import { isObject, type JsonObject, parseJson } from '../runtime/json.ts'
import { authUnavailableError, expiredTokenError, invalidTokenError, userBlockedError } from './auth-errors.ts'

/** The live profile of a token's user.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
export type FetchUserinfo = (token: string) => Promise<JsonObject>

/** Statuses that are a verdict on the token; every other one but 200 says that the service could not tell. */
const rejectingStatuses: ReadonlySet<number> = new Set([400, 401, 404])

/** Asks the auth service whose token it is, `GET /auth/v1/user/me` (CloudBase HTTP API, "Get current user"). Only a 200 that
 *  names a `sub` is a user: the auth API answers some bad tokens with a 200 and an empty object. */
export const createFetchUserinfo =
  (url: URL, timeoutMs: number): FetchUserinfo =>
  async (token) => {
    const answer = await sendRequest({
      url,
      timeoutMs,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    }).catch((error: unknown) => {
      throw authUnavailableError(error)
    })
    const profile = parseJson(answer.text)
    if (answer.status === 403) throw userBlockedError()
    if (rejectingStatuses.has(answer.status))
      throw isExpiredTokenBody(profile) ? expiredTokenError() : invalidTokenError()
    if (answer.status !== 200) throw authUnavailableError()
    if (!isObject(profile) || typeof profile['sub'] !== 'string' || profile['sub'] === '') throw invalidTokenError()
    if ((profile['status'] ?? 'ACTIVE') !== 'ACTIVE') throw userBlockedError()
    return profile
  }

const isExpiredTokenBody = (body: unknown): boolean => isObject(body) && body['code'] === 'ACCESS_TOKEN_EXPIRED'
