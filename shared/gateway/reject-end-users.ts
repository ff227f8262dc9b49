import { GatewayError } from '../protocol/errors.ts'
import { isObject, type JsonObject, parseJson } from '../runtime/json.ts'
import type { Variables } from './config/variable.ts'

/** The variables into which the platform writes the user of an app who called a function from a client
 *  (`@cloudbase/node-sdk` 3.18, `auth().getUserInfo()`): a signed-in or anonymous user, a WeChat user, a user of custom
 *  login. */
const identityVariables = ['TCB_UUID', 'WX_OPENID', 'TCB_CUSTOM_USER_ID', 'TCB_ISANONYMOUS_USER'] as const

/** Everything in an invocation that can name its caller. */
export interface Invocation {
  readonly event: JsonObject
  /** The platform's context. Its `environment` or `environ` holds the variables of this one invocation. */
  readonly context: JsonObject
  /** The variables of the process. */
  readonly environment: Variables
}

/** Rejects a call of an Event function on behalf of an app's user. Calls by the console, a timer or the API have no
 *  such user.
 *  @throws permission_denied (403) */
export const rejectEndUsers = ({ event, context, environment }: Invocation): void => {
  const sources = [
    environment,
    parseContextVariables(context['environment']),
    parseContextVariables(context['environ']),
  ]
  const hasIdentity = identityVariables.some((name) => sources.some((variables) => hasValue(variables[name])))
  if (!hasIdentity && !isObject(event['userInfo'])) return
  const help = 'Only the console and a timer may call this function. Deny it to users in the function permissions.'
  throw new GatewayError(403, 'permission_denied', help)
}

/** Parses the variables of a context (`@cloudbase/node-sdk` 3.18.3, `tcbcontext.ts`): `environment` is JSON text,
 *  `environ` is `name=value;name=value`. An object is accepted for both. */
const parseContextVariables = (value: unknown): JsonObject => {
  if (isObject(value)) return value
  if (typeof value !== 'string') return {}
  const parsed = parseJson(value)
  return isObject(parsed) ? parsed : Object.fromEntries(value.split(';').map(splitVariable))
}

const splitVariable = (pair: string): [name: string, value: string] => {
  const [name = '', ...value] = pair.split('=')
  return [name.trim(), value.join('=')]
}

const hasValue = (value: unknown): boolean => value !== undefined && value !== null && String(value).trim() !== ''
