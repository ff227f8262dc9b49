import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Reply } from './exchange.ts'

/** Requires what every reply must be: numbered by the server, without a secret, and where it is an error of the contract's shape,
 *  which is no 500. */
export const requireContract = (reply: Reply, secrets: readonly string[]): void => {
  const { status, headers, text } = reply
  ok(/^[0-9a-f-]{36}$/.test(String(headers['x-request-id'])), `no x-request-id under status ${status}`)
  requireNoSecret(text + JSON.stringify(headers), secrets)
  if (status >= 400) requireErrorBody(reply)
}

/** Requires a reply that blames the request, or none: the provider was well, so no 5xx can be due to it. */
export const requireNoFaultOfOurs = (reply: Reply, secrets: readonly string[]): void => {
  requireContract(reply, secrets)
  ok(reply.status < 500, `status ${reply.status}: ${reply.text.slice(0, 300)}`)
}

/** Requires that a text holds none of the secrets. */
export const requireNoSecret = (text: string, secrets: readonly string[]): void => {
  for (const secret of secrets) ok(!text.includes(secret), 'a secret was shown')
}

const requireErrorBody = ({ status, headers, text }: Reply): void => {
  const body = JSON.parse(text) as Record<string, unknown>
  const error = body['error'] as Record<string, unknown>
  requireErrorObject(error)
  equal(headers['content-type'], 'application/json')
  equal(typeof body['code'], 'string')
  equal(body['message'], error['message'])
  equal(body['requestId'], headers['x-request-id'])
  ok(status !== 500, text)
}

/** Requires OpenAI's error object: four keys, all present. */
export const requireErrorObject = (error: Record<string, unknown>): void => {
  deepEqual(Object.keys(error).sort(), ['code', 'message', 'param', 'type'])
  ok(typeof error['message'] === 'string' && error['message'] !== '', 'no message')
  equal(typeof error['type'], 'string')
  ok(error['code'] === null || typeof error['code'] === 'string', 'a code that is no text')
  ok(error['param'] === null || typeof error['param'] === 'string', 'a param that is no text')
}
