import { GatewayError } from '../protocol/errors.ts'
import { isObject } from '../runtime/json.ts'
import { hasValue, type Invocation, listContextVariables } from './invocation.ts'

/** The variables into which the platform writes the user of an app who called a function from a client
 *  (`@cloudbase/node-sdk` 3.18, `auth().getUserInfo()`): a signed-in or anonymous user, a WeChat user, a user of custom
 *  login. */
const identityVariables = ['TCB_UUID', 'WX_OPENID', 'TCB_CUSTOM_USER_ID', 'TCB_ISANONYMOUS_USER'] as const

/** Rejects a call of an Event function on behalf of an app's user. Calls by the console, a timer or the API have no
 *  such user.
 *  @throws permission_denied (403) */
export const rejectEndUsers = (invocation: Invocation): void => {
  const sources = [invocation.environment, ...listContextVariables(invocation)]
  const hasIdentity = identityVariables.some((name) => sources.some((variables) => hasValue(variables[name])))
  if (!hasIdentity && !isObject(invocation.event['userInfo'])) return
  const help = 'Only the console and a timer may call this function. Deny it to users in the function permissions.'
  throw new GatewayError(403, 'permission_denied', help)
}
