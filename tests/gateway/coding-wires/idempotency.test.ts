import { expect, test } from '@jest/globals'
import { json } from '../../../testing/stand-ins/provider.ts'
import { answerInWire } from '../../support/answer-in-wire.ts'
import { startWay, ways } from '../../support/coding-wires.ts'
import { readStatus } from '../../support/read-reply.ts'

const withKey = { headers: { 'idempotency-key': 'once' } }

test.each(ways)('runs and charges the call of a key once, whole and streamed: %s (R194)', async (_, way) => {
  for (const stream of [false, true]) {
    const { post, provider, records } = await startWay(way)
    await (await post({ stream }, withKey)).text()
    const repeat = await post({ stream }, withKey)
    expect(await readStatus(repeat)).toMatchObject({
      status: 409,
      body: {
        error: {
          type: 'invalid_request_error',
          code: 'idempotency_conflict',
          call: { state: 'ended', outcome: 'complete', points: 3 },
        },
      },
    })
    expect([provider.requests.length, records.length]).toEqual([1, 1])
  }
})

test.each(ways)('runs the call of a key again if the provider failed: %s', async (_, way) => {
  const failure = json({ error: { message: 'down' } }, 500)
  const { post, records } = await startWay(way, {
    answer: (request, attempt) => (attempt === 1 ? failure : answerInWire(request)),
  })
  expect((await post({}, withKey)).status).toBe(502)
  expect((await post({}, withKey)).status).toBe(200)
  expect(records).toHaveLength(1)
})
