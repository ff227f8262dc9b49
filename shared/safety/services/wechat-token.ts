import { sendRequest } from '../../drivers/http-request.ts'
import { parseService, ServiceError, toLabel } from './service-error.ts'

/** WeChat's API, for the users of one mini program. */
export interface WechatOptions {
  /** Its origin, such as `https://api.weixin.qq.com`. */
  readonly origin: string
  readonly appId: string
  readonly secret: string
  readonly timeoutMs: number
}

/** The access token of a mini program. */
export interface WechatToken {
  /** Returns a token that is still valid for some minutes.
   *  @throws ServiceError with the code of the service */
  readonly get: () => Promise<string>
  /** Returns another token, because the service refused this one. Simultaneous calls get the same. */
  readonly renew: (refused: string) => Promise<string>
}

/** A token is replaced so much before its end, in milliseconds. */
const renewalMarginMs = 300_000

/** Creates the token of a mini program. `stable_token` gives all instances the same one (WeChat Open Documentation,
 *  "getStableAccessToken"), so one instance does not invalidate that of another. */
export const createWechatToken = (options: WechatOptions, now = Date.now): WechatToken => {
  let current: Promise<{ readonly value: string; readonly endsAt: number }> | undefined
  const fetchToken = (isForced: boolean) => {
    const fetching = requestToken(options, isForced).then(({ value, seconds }) => ({
      value,
      endsAt: now() + seconds * 1_000 - renewalMarginMs,
    }))
    current = fetching
    fetching.catch(() => {
      if (current === fetching) current = undefined
    })
    return fetching
  }
  const get = async (): Promise<string> => {
    const known = await (current ?? fetchToken(false))
    return now() < known.endsAt ? known.value : (await fetchToken(false)).value
  }
  return {
    get,
    renew: async (refused) => {
      const known = await current
      return known && known.value !== refused ? known.value : (await fetchToken(true)).value
    },
  }
}

const requestToken = async ({ origin, appId, secret, timeoutMs }: WechatOptions, isForced: boolean) => {
  const body = JSON.stringify({ grant_type: 'client_credential', appid: appId, secret, force_refresh: isForced })
  const url = new URL('/cgi-bin/stable_token', origin)
  const headers = { 'content-type': 'application/json' }
  const fields = parseService(await sendRequest({ url, method: 'POST', headers, body, timeoutMs }))
  const { access_token: value, expires_in: seconds, errcode: code } = fields
  if (typeof value !== 'string' || typeof seconds !== 'number')
    throw new ServiceError(toLabel(code) ?? 'invalid_response')
  return { value, seconds }
}
