import { sendRequest } from '../../drivers/http-request.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { authUnavailableError, expiredTokenError, invalidTokenError, userBlockedError } from '../auth-errors.ts'

/** Fetches the current profile of a token's user.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
export type FetchUserinfo = (token: string) => Promise<JsonObject>

/** Statuses that reject the token. Every other status except 200 and 403 means that the service could not check it. */
const rejectingStatuses: ReadonlySet<number> = new Set([400, 401, 404])

/** Calls `GET /auth/v1/user/me` of the login service (CloudBase HTTP API, "Get current user"). Only a 200 with a `sub`
 *  is a user: the service sends a 200 with an empty object for some invalid tokens. */
export const createFetchUserinfo =
  (url: URL, timeoutMs: number): FetchUserinfo =>
  async (token) => {
    const response = await sendRequest({
      url,
      timeoutMs,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    }).catch((error: unknown) => {
      throw authUnavailableError(error)
    })
    const profile = parseJson(response.text)
    if (response.status === 403) throw userBlockedError()
    if (rejectingStatuses.has(response.status))
      throw isExpiredTokenBody(profile) ? expiredTokenError() : invalidTokenError()
    if (response.status !== 200) throw authUnavailableError()
    if (!isObject(profile) || typeof profile['sub'] !== 'string' || profile['sub'] === '') throw invalidTokenError()
    if ((profile['status'] ?? 'ACTIVE') !== 'ACTIVE') throw userBlockedError()
    return profile
  }

const isExpiredTokenBody = (body: unknown): boolean => isObject(body) && body['code'] === 'ACCESS_TOKEN_EXPIRED'
