import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { loopbackServer } from '../servers/loopback-server.ts'

/** What a stand-in does with the next calls: judges them by its words, is silent for some milliseconds before it does, replies
 *  with a status and a text, or with a code of the service's own. */
export interface Behaviour {
  readonly delayMs?: number
  readonly status?: number
  readonly text?: string
  readonly code?: string | number
}

/** A service that checks texts, on loopback. */
export interface TextChecker {
  readonly url: string
  /** What it was asked, in order: path and JSON of each request. */
  readonly requests: { readonly path: string; readonly body: Record<string, unknown>; readonly content: string }[]
  /** Decides what it does from now on. */
  readonly behave: (behaviour: Behaviour) => void
  readonly close: () => Promise<void>
}

type Respond = (request: IncomingMessage, body: Record<string, unknown>, bytes: Buffer) => object

const start = async (
  readContent: (body: Record<string, unknown>) => string,
  respond: (behaviour: Behaviour) => Respond,
): Promise<TextChecker> => {
  const requests: TextChecker['requests'] = []
  let behaviour: Behaviour = {}
  const server = await loopbackServer(async (request: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const bytes = Buffer.concat(pieces)
    const body = JSON.parse(bytes.toString() || '{}') as Record<string, unknown>
    requests.push({ path: request.url ?? '', body, content: readContent(body) })
    const { delayMs = 0, status, text } = behaviour
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    response.statusCode = status ?? 200
    response.setHeader('content-type', 'application/json')
    response.end(text ?? JSON.stringify(respond(behaviour)(request, body, bytes)))
  })
  return {
    url: server.url,
    requests,
    behave: (next) => {
      behaviour = next
    },
    close: server.close,
  }
}

/** Words that every stand-in knows, and what it says of them. */
const judge = (content: string): 'pass' | 'review' | 'block' => {
  if (content.includes('违禁内容')) return 'block'
  return content.includes('可疑内容') ? 'review' : 'pass'
}

const hash = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** The key pair that the stand-in of TMS accepts. */
export const tmsKey = { secretId: 'AKIDstandin', secretKey: 'stand-in-secret-key' }

/** Verifies a TC3-HMAC-SHA256 signature (Tencent Cloud API 3.0, "Signature method v3") and the age of its timestamp. */
const findSignatureFault = (request: IncomingMessage, bytes: Buffer): string | undefined => {
  const { authorization = '', 'x-tc-timestamp': timestamp = '0' } = request.headers
  const [, id, date = '', service = '', names = '', signature] =
    /Credential=([^/]+)\/([^/]+)\/([^/]+)\/tc3_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(authorization) ??
    []
  if (id !== tmsKey.secretId) return 'AuthFailure.SecretIdNotFound'
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return 'AuthFailure.SignatureExpire'
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim().toLowerCase()}\n`)
  const canonical = ['POST', '/', '', headers.join(''), names, hash(bytes)].join('\n')
  const toSign = ['TC3-HMAC-SHA256', timestamp, `${date}/${service}/tc3_request`, hash(canonical)].join('\n')
  const key = hmac(hmac(hmac(`TC3${tmsKey.secretKey}`, date), service), 'tc3_request')
  return hmac(key, toSign).toString('hex') === signature ? undefined : 'AuthFailure.SignatureFailure'
}

/** Finds what the cloud would refuse in a request: its signature, its action, the length of its text. */
const findTmsFault = (request: IncomingMessage, content: string, bytes: Buffer): string | undefined => {
  const { 'x-tc-action': action, 'x-tc-version': version } = request.headers
  const fault = findSignatureFault(request, bytes)
  if (fault !== undefined) return fault
  if (action !== 'TextModeration') return 'InvalidAction'
  if (version !== '2020-12-29') return 'UnsupportedVersion'
  return content.length > 10_000 ? 'InvalidParameter.ErrTextContentLen' : undefined
}

const readTmsContent = ({ Content: content }: Record<string, unknown>): string =>
  Buffer.from(String(content), 'base64').toString()

/** Starts a stand-in of Tencent Cloud's text moderation. It verifies the signature of each request. */
export const startTms = (): Promise<TextChecker> =>
  start(readTmsContent, ({ code }) => (request, body, bytes) => {
    const content = readTmsContent(body)
    const failure = findTmsFault(request, content, bytes) ?? code
    if (failure !== undefined)
      return { Response: { Error: { Code: failure, Message: `Cannot check ${content}` }, RequestId: 'r' } }
    const kind = judge(content)
    const found = { Label: 'Illegal', SubLabel: 'Fraud', Score: 96, Keywords: ['违禁内容'] }
    const none = { Label: 'Normal', SubLabel: '', Score: 0, Keywords: [] }
    const suggestion = { pass: 'Pass', review: 'Review', block: 'Block' }[kind]
    return { Response: { Suggestion: suggestion, ...(kind === 'pass' ? none : found), RequestId: 'r' } }
  })

/** The mini program that the stand-in of WeChat knows, and one of its users. */
export const wechatApp = { appId: 'wx0123456789', secret: 'stand-in-app-secret', openid: 'o-user-1' }

/** Starts a stand-in of WeChat's API: access tokens and `msgSecCheck` 2. A forced token ends the one before. */
export const startWechat = async (): Promise<TextChecker & { readonly expireToken: () => void }> => {
  let count = 1
  let valid = 'token-1'
  const giveToken = ({ appid, secret, force_refresh: isForced }: Record<string, unknown>): object => {
    if (appid !== wechatApp.appId || secret !== wechatApp.secret)
      return { errcode: 40_125, errmsg: 'invalid appsecret' }
    if (isForced === true) valid = `token-${++count}`
    return { access_token: valid, expires_in: 7_200 }
  }
  const check = (token: string | null, { openid, content, version }: Record<string, unknown>): object => {
    if (token !== valid) return { errcode: 40_001, errmsg: 'invalid credential' }
    if (version !== 2) return { errcode: 47_001, errmsg: 'data format error' }
    if (openid !== wechatApp.openid) return { errcode: 43_104, errmsg: 'appid does not match openid' }
    if (String(content).length > 2_500) return { errcode: 87_015, errmsg: 'content size out of limit' }
    const kind = judge(String(content))
    const suggest = { pass: 'pass', review: 'review', block: 'risky' }[kind]
    return {
      errcode: 0,
      errmsg: 'ok',
      result: { suggest, label: kind === 'pass' ? 100 : 20_002 },
      detail: [{ strategy: 'content_model', errcode: 0, suggest, label: 20_002, prob: 90 }],
      trace_id: 't',
    }
  }
  const checker = await start(
    ({ content = '' }) => String(content),
    ({ code }) =>
      (request, body) => {
        const { pathname, searchParams } = new URL(request.url ?? '', 'http://stand-in')
        if (pathname === '/cgi-bin/stable_token') return giveToken(body)
        return code === undefined ? check(searchParams.get('access_token'), body) : { errcode: code, errmsg: 'failed' }
      },
  )
  const expireToken = (): void => {
    valid = `token-${++count}`
  }
  return { ...checker, expireToken }
}

/** Starts a webhook of an owner's. It wants the bearer token `stand-in-token`. */
export const startCheckWebhook = (): Promise<TextChecker> =>
  start(
    ({ text = '' }) => String(text),
    () =>
      (request, { text }) => {
        if (request.headers.authorization !== 'Bearer stand-in-token') return { error: 'no token' }
        const kind = judge(String(text))
        if (kind === 'pass') return { verdict: 'pass' }
        return { verdict: kind, label: 'own', score: 70, at: String(text).indexOf('违禁内容') }
      },
  )
