import { describe, expect, test } from '@jest/globals'
import { json, type ReceivedRequest, type Script } from '../../../testing/stand-ins/provider.ts'
import { answerInWire } from '../../support/answer-in-wire.ts'
import { nativeBases, startWay } from '../../support/coding-wires.ts'
import { readStatus } from '../../support/read-reply.ts'

const way = { wire: 'messages', isNative: false } as const
const searching = { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }
const off = { messages_base: 'off' }

const start = (first: object, second: object, answer: (request: ReceivedRequest) => Script) =>
  startWay(way, {
    answer,
    entry: {
      targets: [
        { upstream_model: 'first', weight: 1, ...first },
        { upstream_model: 'second', weight: 0, ...second },
      ],
    },
  })

describe('a request that only a provider with its own API can do', () => {
  test.each([false, true])(
    'goes to the target that can, if the first one takes chats only; with stream: %s',
    async (stream) => {
      const { post, provider, records } = await start(off, nativeBases, (request) => answerInWire(request))
      const reply = await post({ ...searching, stream })
      expect([reply.status, await reply.text()]).toEqual([200, expect.stringContaining('hi')])
      expect(provider.requests.map(({ path }) => path)).toEqual(['/anthropic/v1/messages'])
      expect(records).toMatchObject([{ points: 3, metadata: { upstream_model: 'second' } }])
      expect((await post({ stream })).status).toBe(200)
      expect(provider.requests[1]?.path).toBe('/v1/chat/completions')
    },
  )

  test('keeps the failure of the target that can, if the others take chats only', async () => {
    const failure = json({ error: { message: 'down' } }, 503)
    const { post } = await start(nativeBases, off, () => failure)
    expect(await readStatus(await post(searching))).toMatchObject({
      status: 503,
      body: { error: { type: 'overloaded_error' } },
    })
  })

  test('waits for the target that can, if it rests and the others take chats only', async () => {
    const busy = { ...json({ error: { message: 'busy' } }, 429), headers: { 'retry-after': '30' } }
    const { post, provider } = await start(nativeBases, off, () => busy)
    await post(searching)
    const reply = await post(searching)
    expect(reply.status).toBe(503)
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(20)
    expect(provider.requests).toHaveLength(1)
  })

  test('is a 400 that names what is wrong if no target can', async () => {
    const { post, provider } = await start(off, off, (request) => answerInWire(request))
    expect(await readStatus(await post(searching))).toMatchObject({
      status: 400,
      body: { error: { param: 'tools.0' } },
    })
    expect(provider.requests).toHaveLength(0)
    expect((await post()).status).toBe(200)
  })
})
