import { createHmac } from 'node:crypto'
import { sendRequest } from '../../drivers/http-request.ts'
import type { DeliverRecord } from './delivery.ts'

/** The parts of a message that its signature covers. */
export interface SignedMessage {
  readonly id: string
  /** Unix time in seconds. */
  readonly timestamp: number
  readonly body: string
}

/** Returns the headers of a signed message (Standard Webhooks specification 1.0: HMAC-SHA256 over `id.timestamp.body`). The secret is
 *  `whsec_` and base64, as the libraries of receivers expect; of any other text, the UTF-8 bytes are the key. */
export const signWebhook = (secret: string, { id, timestamp, body }: SignedMessage): Record<string, string> => {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret)
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` }
}

/** The options of {@link createWebhook}. */
export interface WebhookOptions {
  readonly url: string
  /** Sent as `Authorization: Bearer`. */
  readonly token: string | undefined
  /** Signs each delivery; undefined: no delivery is signed. */
  readonly secret: string | undefined
  /** The longest time of one delivery, in milliseconds. */
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Posts records to the billing webhook. Rejects with a message that contains no address. Only a 2xx counts as delivered: a redirect
 *  would turn the POST into a GET and lose the record. The idempotency key is the record's id, because a record may arrive more than
 *  once. */
export const createWebhook = ({ url, token, secret, timeoutMs, now = Date.now }: WebhookOptions): DeliverRecord => {
  const target = new URL(url)
  const commonHeaders = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  return async (record) => {
    const body = JSON.stringify(record)
    const message = { id: record.request_id, timestamp: Math.floor(now() / 1000), body }
    const headers = {
      ...commonHeaders,
      'idempotency-key': record.request_id,
      ...(secret && signWebhook(secret, message)),
    }
    const request = { url: target, method: 'POST', headers, body, timeoutMs, dropBody: true } as const
    const { status } = await sendRequest(request).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`the webhook did not answer (${error.code})`, { cause: error })
    })
    if (status < 200 || status > 299) throw new Error(`the webhook answered ${status}`)
  }
}
