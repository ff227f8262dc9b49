import { createHmac } from 'node:crypto'
import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { urlToHttpOptions } from 'node:url'
import type { DeliverRecord } from './delivery.ts'

/** What a signature covers. */
export interface SignedMessage {
  readonly id: string
  /** Unix time in seconds. */
  readonly timestamp: number
  readonly body: string
}

/** The headers of a signed message (Standard Webhooks specification 1.0: HMAC-SHA256 over `id.timestamp.body`). The secret
 *  is `whsec_` and base64, as receivers' libraries want it; any other text is taken as its own bytes. */
export const signWebhook = (secret: string, { id, timestamp, body }: SignedMessage): Record<string, string> => {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret)
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` }
}

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

/** Posts records to the billing webhook; it rejects with words that name no address. Only a 2xx counts as delivered: a redirect
 *  followed would turn the POST into a GET and lose the record. The record's id comes along as the idempotency key: a record may
 *  arrive more than once. */
export const createWebhook = ({ url, token, secret, timeoutMs, now = Date.now }: WebhookOptions): DeliverRecord => {
  const post = createPoster(url)
  const common = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  return async (record) => {
    const body = JSON.stringify(record)
    const message = { id: record.request_id, timestamp: Math.floor(now() / 1000), body }
    const headers = {
      ...common,
      'content-length': Buffer.byteLength(body),
      'idempotency-key': record.request_id,
      ...(secret && signWebhook(secret, message)),
    }
    const status = await post({ headers, body, endsAt: performance.now() + timeoutMs })
    if (status < 200 || status > 299) throw new Error(`the webhook answered ${status}`)
  }
}

interface Delivery {
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: string
  /** When it is given up, on the clock of `performance.now()`. */
  readonly endsAt: number
}

/** Posts to one URL over connections that are kept, and resolves with the status of the answer. A kept-alive connection that the
 *  receiver closed meanwhile is no answer: the post is sent again on a new one (Node.js documentation, `request.reusedSocket`). */
const createPoster = (url: string): ((delivery: Delivery) => Promise<number>) => {
  const target = urlToHttpOptions(new URL(url))
  const [send, Agent] = target.protocol === 'https:' ? [requestHttps, HttpsAgent] : [requestHttp, HttpAgent]
  const kept = new Agent({ keepAlive: true })

  const post = (delivery: Delivery, agent: HttpAgent | false): Promise<number> =>
    new Promise((resolve, reject) => {
      const { headers, body, endsAt } = delivery
      const request = send({ ...target, method: 'POST', agent, headers }, (answer) => {
        answer.once('error', () => undefined).resume()
        resolve(answer.statusCode ?? 0)
      })
      const timer = setTimeout(() => request.destroy(timeoutError()), endsAt - performance.now())
      request.once('close', () => clearTimeout(timer))
      request.once('error', (error: NodeJS.ErrnoException) => {
        const stale = request.reusedSocket && error.code === 'ECONNRESET'
        if (stale) post(delivery, false).then(resolve, reject)
        else reject(new Error(`the webhook did not answer (${error.code})`, { cause: error }))
      })
      request.end(body)
    })
  return (delivery) => post(delivery, kept)
}

const timeoutError = (): Error => Object.assign(new Error('late'), { code: 'ETIMEDOUT' })
