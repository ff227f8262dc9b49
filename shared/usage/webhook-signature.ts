import { createHmac } from 'node:crypto'

/** What a signature covers. */
export interface SignedMessage {
  readonly id: string
  /** Unix time in seconds. */
  readonly timestamp: number
  readonly body: string
}

/** The headers of a signed message (Standard Webhooks specification 1.0: HMAC-SHA256 over `id.timestamp.body`). The secret
 *  is `whsec_` and base64, as receivers' libraries want it; any other text is taken as its own bytes. */
export const webhookSignature = (secret: string, { id, timestamp, body }: SignedMessage): Record<string, string> => {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret)
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` }
}
