import { sendRequest } from '../../drivers/http-request.ts'
import type { CheckService, Verdict, VerdictKind } from '../../protocol/safety.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { sha256Hex } from '../../runtime/sha256.ts'
import { parseService, ServiceError, toLabel, toScore } from './service-error.ts'
import { signTc3, type TencentKey } from './tc3-signature.ts'

/** Tencent Cloud's text moderation. */
export interface TmsOptions {
  /** Its origin, such as `https://tms.tencentcloudapi.com`. */
  readonly origin: string
  readonly region: string
  readonly key: TencentKey
  /** The policy that the owner made in the console; undefined: the default one. */
  readonly bizType: string | undefined
  readonly timeoutMs: number
}

const tmsVerdicts: Readonly<Record<string, VerdictKind>> = { Pass: 'pass', Review: 'review', Block: 'block' }

/** Checks texts with `TextModeration` (Tencent Cloud API, TMS 2020-12-29, document 1124/51860). All pieces of a call have
 *  one `SessionId`, so that the service judges them together. The user's id goes as a hash. */
export const tencentTms = ({ origin, region, key, bizType, timeoutMs }: TmsOptions): CheckService => {
  const url = new URL('/', origin)
  return {
    name: 'tms',
    maxLength: 10_000,
    check: async ({ text, sessionId, userId }) => {
      const payload = JSON.stringify({
        Content: Buffer.from(text).toString('base64'),
        BizType: bizType,
        DataId: sessionId,
        SessionId: sessionId,
        ...(userId !== null && { User: { UserId: sha256Hex(userId, 32) } }),
      })
      const timestamp = Math.floor(Date.now() / 1000)
      const headers = {
        ...signTc3(key, { service: 'tms', host: url.host, payload, timestamp }),
        'x-tc-action': 'TextModeration',
        'x-tc-version': '2020-12-29',
        'x-tc-region': region,
      }
      const response = await sendRequest({ url, method: 'POST', headers, body: payload, timeoutMs })
      return readTmsVerdict(parseService(response)['Response'], text)
    },
  }
}

/** @throws ServiceError with the code of the service */
const readTmsVerdict = (response: unknown, text: string): Verdict => {
  if (!isObject(response)) throw new ServiceError('invalid_response')
  const { Error: failure, Suggestion: suggestion, Label: label, SubLabel: sub, Score: score } = response
  if (isObject(failure)) throw new ServiceError(toLabel(failure['Code']) ?? 'unknown')
  const kind = tmsVerdicts[String(suggestion)]
  if (!kind) throw new ServiceError('invalid_response')
  if (kind === 'pass') return { kind }
  return { kind, label: toLabel(sub) ?? toLabel(label), score: toScore(score), at: findKeyword(response, text) }
}

/** The place of the first keyword that the service names. */
const findKeyword = ({ Keywords: keywords }: JsonObject, text: string): number | undefined => {
  const places = (Array.isArray(keywords) ? (keywords as unknown[]) : [])
    .map((word) => (typeof word === 'string' && word !== '' ? text.indexOf(word) : -1))
    .filter((place) => place >= 0)
  return places.length > 0 ? Math.min(...places) : undefined
}
