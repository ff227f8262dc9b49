import { describe, expect, test } from '@jest/globals'
import { createEventFunction } from '../../shared/http/event-function.ts'
import { GatewayError } from '../../shared/protocol/errors.ts'
import { createRedactor } from '../../shared/runtime/redactor.ts'

const failing = (context: unknown): Promise<{ requestId?: string }> => {
  const main = createEventFunction(() => Promise.reject(new GatewayError(503, 'config_unavailable', 'Try again.')), {
    log: () => undefined,
    redactor: createRedactor([]),
  })
  return main({}, context) as Promise<{ requestId?: string }>
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

describe("an Event function's error", () => {
  test("contains the platform's id of the invocation", async () => {
    expect(await failing({ request_id: '7b1e2f34-8c1d' })).toMatchObject({ ok: false, requestId: '7b1e2f34-8c1d' })
  })

  test.each([
    ['none', undefined],
    ['no text', { request_id: 7 }],
    ['text that is no id', { request_id: 'sk-secret and more' }],
    ['text that is too long for an id', { request_id: 'x'.repeat(65) }],
  ])('contains an id of our own if the platform gives %s', async (_, context) => {
    expect((await failing(context)).requestId).toMatch(uuid)
  })
})
