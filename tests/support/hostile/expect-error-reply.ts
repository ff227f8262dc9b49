import { expect } from '@jest/globals'
import type { RawReply } from '../../../testing/servers/raw-exchange.ts'

/** Expects an error reply of the contract: OpenAI's object, CloudBase's three fields, a request id, and advice. */
export const expectErrorReply = (reply: RawReply | undefined, code: string): void => {
  const body = JSON.parse(reply?.body ?? '') as { message: string }
  expect(reply?.headers).toMatchObject({ 'content-type': 'application/json' })
  expect(body).toEqual({
    error: { message: body.message, type: 'invalid_request_error', param: null, code },
    code: code.toUpperCase(),
    message: expect.stringMatching(/\b(Send|use|must|only)\b/),
    requestId: reply?.headers['x-request-id'],
  })
  expect(reply?.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
}
