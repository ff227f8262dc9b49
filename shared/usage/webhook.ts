import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { DeliverRecord } from './ledger.ts'

export interface WebhookOptions {
  readonly url: string
  /** Sent as `Authorization: Bearer`. */
  readonly token: string | undefined
  readonly timeoutMs: number
}

/** Posts records to the billing webhook. Only a 2xx counts as delivered: a redirect followed would turn the POST into a GET
 *  and lose the record. */
export const webhook = ({ url, token, timeoutMs }: WebhookOptions): DeliverRecord => {
  const send = new URL(url).protocol === 'https:' ? requestHttps : requestHttp
  return (record) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(record)
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...(token && { authorization: `Bearer ${token}` }),
      }
      const request = send(url, { method: 'POST', headers, signal: AbortSignal.timeout(timeoutMs) }, (answer) => {
        const { statusCode = 0 } = answer
        answer.resume()
        if (statusCode >= 200 && statusCode < 300) resolve()
        else reject(new Error(`the webhook answered ${statusCode}`))
      })
      request.once('error', reject)
      request.end(body)
    })
}
