import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Reply } from './exchange.ts'

/** Requires a reply of the contract: a request id of the server, no secret, and the error format for an error. A 500 fails. */
export const requireContract = (reply: Reply, secrets: readonly string[]): void => {
  const { status, headers, text } = reply
  ok(/^[0-9a-f-]{36}$/.test(String(headers['x-request-id'])), `no x-request-id under status ${status}`)
  requireNoSecret(text + JSON.stringify(headers), secrets)
  if (status >= 400) requireErrorBody(reply)
}

/** Requires a reply below 500, because the provider had no fault. */
export const requireNoServerError = (reply: Reply, secrets: readonly string[]): void => {
  requireContract(reply, secrets)
  ok(reply.status < 500, `status ${reply.status}: ${reply.text.slice(0, 300)}`)
}

/** Requires that a text contains no secret. */
export const requireNoSecret = (text: string, secrets: readonly string[]): void => {
  for (const secret of secrets) ok(!text.includes(secret), 'the text contains a secret')
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
  ok(typeof error['message'] === 'string' && error['message'] !== '', 'the error has no message')
  equal(typeof error['type'], 'string')
  ok(error['code'] === null || typeof error['code'] === 'string', 'the code is not a string')
  ok(error['param'] === null || typeof error['param'] === 'string', 'the param is not a string')
}
