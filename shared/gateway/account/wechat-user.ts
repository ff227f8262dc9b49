import type { WechatUser } from '../../auth/ticket.ts'
import type { JsonObject } from '../../runtime/json.ts'
import type { Variables } from '../config/variables/variable.ts'
import { hasValue, type Invocation, listContextVariables } from '../invocation.ts'

/** Variables that name the caller of an invocation (`@cloudbase/node-sdk` 3.18.3, `tcbcontext.ts`; `wx-server-sdk` 4.0.2,
 *  `getWXContext`). The two lists hold the names of the others. */
const callerVariables = ['WX_OPENID', 'TCB_UUID', 'TCB_CUSTOM_USER_ID', 'WX_CONTEXT_KEYS', 'TCB_CONTEXT_KEYS'] as const

/** The variables into which the platform writes the two ids. If a mini program uses the environment of another account, the first pair names
 *  the mini program whose user calls (WeChat documentation, "Cloud.getWXContext"). */
const idVariables = [
  { appId: 'WX_FROM_APPID', openId: 'WX_FROM_OPENID' },
  { appId: 'WX_APPID', openId: 'WX_OPENID' },
] as const

/** Returns the mini-program user who called an Event function with `wx.cloud.callFunction`. Only the platform's own
 *  variables count: the event comes from the caller, and anyone may send headers. Returns undefined if there
 *  is no such user, or if the call came over HTTP. */
export const findWechatUser = (invocation: Invocation): WechatUser | undefined => {
  if (hasValue(invocation.event['httpMethod'])) return undefined
  const variables = findCallerVariables(invocation)
  for (const { appId, openId } of idVariables) {
    if (hasValue(variables[appId]) && hasValue(variables[openId]))
      return { appId: String(variables[appId]).trim(), openId: String(variables[openId]).trim() }
  }
  return undefined
}

/** Returns the variables that name the caller. The context belongs to this one invocation. The process keeps its
 *  variables, so an id of an earlier caller may be left in it: there, only the names in `WX_CONTEXT_KEYS` count. */
const findCallerVariables = (invocation: Invocation): JsonObject => {
  const ofContext = listContextVariables(invocation).find((variables) =>
    callerVariables.some((name) => hasValue(variables[name])),
  )
  return ofContext ?? pickContextKeys(invocation.environment)
}

const pickContextKeys = (environment: Variables): JsonObject => {
  const names = (environment['WX_CONTEXT_KEYS'] ?? '').split(',').map((name) => name.trim())
  return Object.fromEntries(names.map((name) => [name, environment[name]]))
}
