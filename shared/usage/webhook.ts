import { Agent as HttpAgent, type RequestOptions, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { DeliverRecord } from './settle.ts'
import { webhookSignature } from './webhook-signature.ts'

export interface WebhookOptions {
  readonly url: string
  /** Sent as `Authorization: Bearer`. */
  readonly token: string | undefined
  /** Signs each delivery; undefined: none is signed. */
  readonly secret: string | undefined
  /** For one delivery, in milliseconds. */
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Posts records to the billing webhook. Only a 2xx counts as delivered: a redirect followed would turn the POST into a GET
 *  and lose the record. The record's id comes along as the idempotency key: a record may arrive more than once. */
export const webhook = (options: WebhookOptions): DeliverRecord => {
  const secure = new URL(options.url).protocol === 'https:'
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const { now = Date.now } = options
  return async (record) => {
    const body = JSON.stringify(record)
    const message = { id: record.request_id, timestamp: Math.floor(now() / 1000), body }
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': record.request_id,
      ...(options.token && { authorization: `Bearer ${options.token}` }),
      ...(options.secret && webhookSignature(options.secret, message)),
    }
    const request = { method: 'POST', agent, headers, signal: AbortSignal.timeout(options.timeoutMs) }
    const status = await post(options.url, request, body).catch(unanswered)
    if (status < 200 || status > 299) throw new Error(`the webhook answered ${status}`)
  }
}

/** An error's own message may name hosts. */
const unanswered = ({ code }: NodeJS.ErrnoException): never => {
  throw new Error(`the webhook did not answer ${code === 'ABORT_ERR' ? 'in time' : `(${code})`}`)
}

/** Posts a body and resolves with the answer's status. A kept-alive connection that the receiver closed meanwhile is no
 *  answer: the post is sent again on a new one (Node.js documentation, `request.reusedSocket`). */
const post = (url: string, options: RequestOptions, body: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const send = new URL(url).protocol === 'https:' ? requestHttps : requestHttp
    const request = send(url, options, (answer) => {
      answer.resume().once('error', () => undefined)
      resolve(answer.statusCode ?? 0)
    })
    request.once('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && error.code === 'ECONNRESET'
      if (stale) post(url, { ...options, agent: false }, body).then(resolve, reject)
      else reject(error)
    })
    request.end(body)
  })
