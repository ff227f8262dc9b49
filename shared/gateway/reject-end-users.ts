import { GatewayError } from '../protocol/errors.ts'
import { isObject, type JsonObject } from '../runtime/json.ts'
import type { Variables } from './config/variable.ts'

/** Where the platform writes the identity of an app's user who called a function from a client (`@cloudbase/node-sdk` 3.18,
 *  `auth().getUserInfo()`): a signed-in or anonymous user, a WeChat user, a user of custom login. */
const identityVariables = ['TCB_UUID', 'WX_OPENID', 'TCB_CUSTOM_USER_ID', 'TCB_ISANONYMOUS_USER'] as const

/** Refuses a call of an Event function on behalf of an app's user; the console, a timer and the API call without one.
 *  @throws permission_denied (403) */
export const rejectEndUsers = (event: JsonObject, environment: Variables): void => {
  const named = identityVariables.some((name) => environment[name]?.trim())
  if (!named && !isObject(event['userInfo'])) return
  const help =
    'This function is called by the console and by a timer only. Deny it to users in the function permissions.'
  throw new GatewayError(403, 'permission_denied', help)
}
