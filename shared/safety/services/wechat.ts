import { sendRequest } from '../../drivers/http-request.ts'
import type { CheckService, Verdict, VerdictKind } from '../../protocol/safety.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { parseService, ServiceError, toLabel, toScore } from './service-error.ts'
import { createWechatToken, type WechatOptions } from './wechat-token.ts'

const wechatVerdicts: Readonly<Record<string, VerdictKind>> = { pass: 'pass', review: 'review', risky: 'block' }

/** The meanings of labels (WeChat Open Documentation, "msgSecCheck"). */
const labels: Readonly<Record<number, string>> = {
  10001: 'ad',
  20001: 'politics',
  20002: 'porn',
  20003: 'abuse',
  20006: 'crime',
  20008: 'fraud',
  20012: 'vulgar',
  20013: 'copyright',
  21000: 'other',
}

/** Codes for an access token that is not valid any more. */
const tokenCodes: ReadonlySet<unknown> = new Set([40_001, 40_014, 42_001])

/** Checks texts with `msgSecCheck` 2 (WeChat Open Documentation). It works for users of the mini program only, who used it in the
 *  last two hours. */
export const wechatCheck = ({ origin, appId, secret, timeoutMs }: WechatOptions): CheckService => {
  const token = createWechatToken({ origin, appId, secret, timeoutMs })
  const send = async (body: string, accessToken: string): Promise<JsonObject> => {
    const url = new URL('/wxa/msg_sec_check', origin)
    url.searchParams.set('access_token', accessToken)
    const headers = { 'content-type': 'application/json' }
    return parseService(await sendRequest({ url, method: 'POST', headers, body, timeoutMs }))
  }
  return {
    name: 'wechat',
    maxLength: 2_500,
    check: async ({ text, userId }) => {
      const openid = readOpenid(userId, appId)
      const body = JSON.stringify({ version: 2, scene: 2, openid, content: text })
      const used = await token.get()
      const fields = await send(body, used)
      return readWechatVerdict(tokenCodes.has(fields['errcode']) ? await send(body, await token.renew(used)) : fields)
    },
  }
}

/** Reads the openid of a user who came with a ticket: `wx:<appid>:<openid>`.
 *  @throws ServiceError `no_openid` if the user is none of this mini program */
const readOpenid = (userId: string | null, appId: string): string => {
  const start = `wx:${appId}:`
  if (!userId?.startsWith(start)) throw new ServiceError('no_openid')
  return userId.slice(start.length)
}

/** @throws ServiceError with the code of the service, such as 45009 (too many calls) or 43104 (not a user of the app) */
const readWechatVerdict = ({ errcode: code, result, detail }: JsonObject): Verdict => {
  if (code !== 0) throw new ServiceError(toLabel(code) ?? 'invalid_response')
  const { suggest, label } = isObject(result) ? result : {}
  const kind = wechatVerdicts[String(suggest)]
  if (!kind) throw new ServiceError('invalid_response')
  if (kind === 'pass') return { kind }
  return { kind, label: labels[Number(label)] ?? toLabel(label), score: readScore(detail) }
}

/** The probability of the strategy that found most. */
const readScore = (detail: unknown): number | undefined => {
  const scores = (Array.isArray(detail) ? (detail as unknown[]) : [])
    .map((item) => (isObject(item) ? toScore(item['prob']) : undefined))
    .filter((score) => score !== undefined)
  return scores.length > 0 ? Math.max(...scores) : undefined
}
