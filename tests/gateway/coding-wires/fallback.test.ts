import { describe, expect, test } from '@jest/globals'
import { json, type ReceivedRequest, type Script, sse } from '../../../testing/stand-ins/provider.ts'
import { answerInWire } from '../../support/answer-in-wire.ts'
import { nativeBases, startWay, ways, wires } from '../../support/coding-wires.ts'
import { readReply, readStatus } from '../../support/read-reply.ts'

const failure = json({ error: { message: 'down' } }, 503)

/** Fails at the model `first`. */
const failAtFirst = (request: ReceivedRequest): Script =>
  request.body['model'] === 'first' ? failure : answerInWire(request, ['served ', 'by the second'])

const off = { messages_base: 'off', responses_base: 'off' }
const paths = { messages: '/anthropic/v1/messages', responses: '/own/responses' }

/** Targets in their order; the second one gets calls only when the first one fails. */
const inOrder = (first: object, second: object) => ({
  targets: [
    { upstream_model: 'first', weight: 1, ...first },
    { upstream_model: 'second', weight: 0, ...second },
  ],
})

describe.each([false, true])('a call that its first target fails, with stream: %s', (stream) => {
  test.each(wires)('goes from a provider that has the wire to a chat: %s', async (_, { wire }) => {
    const entry = inOrder(nativeBases, off)
    const { post, provider, records } = await startWay({ wire, isNative: false }, { answer: failAtFirst, entry })
    const reply = await readReply(await post({ stream }))
    expect(reply).toMatchObject({
      text: 'served by the second',
      ending: expect.stringMatching(/^(end_turn|completed)$/),
    })
    expect(provider.requests.map(({ path }) => path)).toEqual([paths[wire], '/v1/chat/completions'])
    expect(provider.requests[1]?.body).toMatchObject({
      model: 'second',
      messages: [{ role: 'user', content: 'Hello' }],
    })
    expect(records).toMatchObject([
      {
        ...{ model: 'm', points: 3, usage: { total_tokens: 30 } },
        metadata: { endpoint: wire, upstream_model: 'second', attempts: [{ status: 503 }, { status: 200 }] },
      },
    ])
  })

  test.each(wires)('goes from a chat to a provider that has the wire: %s', async (_, { wire }) => {
    const entry = inOrder(off, nativeBases)
    const { post, provider, records } = await startWay({ wire, isNative: false }, { answer: failAtFirst, entry })
    const text = await (await post({ stream })).text()
    expect(text).toContain('"model":"m"')
    expect(text).not.toContain('"model":"own"')
    expect(provider.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions', paths[wire]])
    expect(provider.requests[1]?.body).toMatchObject({ model: 'second' })
    expect(records).toMatchObject([{ points: 3, metadata: { attempts: [{ status: 503 }, { status: 200 }] } }])
  })

  test.each(ways)('goes to the entry that it names as a fallback: %s (R194)', async (_, way) => {
    const entry = { upstream_model: 'first', fallbacks: ['spare'] }
    const spare = { api_base: '$provider/v1', upstream_model: 'second', ...(way.isNative && nativeBases) }
    const started = await startWay(way, { answer: failAtFirst, entry, entries: { spare } })
    expect(await readReply(await started.post({ stream }))).toMatchObject({ text: 'served by the second' })
    expect(started.records).toMatchObject([{ points: 3, metadata: { upstream_model: 'second' } }])
  })
})

test.each(wires)('a stream that fails before its first content goes to the next target: %s', async (_, { wire }) => {
  const busy = { type: 'overloaded_error', code: 'rate_limit_exceeded', message: 'Overloaded' }
  const opening = {
    messages: [
      { type: 'message_start', message: {} },
      { type: 'error', error: busy },
    ],
    responses: [
      { type: 'response.created', response: {} },
      { type: 'response.failed', response: { error: busy } },
    ],
  }[wire]
  const answer = (request: ReceivedRequest): Script =>
    request.body['model'] === 'first'
      ? sse(...opening.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`))
      : answerInWire(request)
  const { post } = await startWay({ wire, isNative: false }, { answer, entry: inOrder(nativeBases, off) })
  expect(await readReply(await post({ stream: true }))).toMatchObject({ text: 'hi' })
})

test.each(ways)('a failure of all targets is an error of the wire, and no record: %s', async (_, way) => {
  const { post, records } = await startWay(way, { answer: () => failure })
  const reply = await post({ stream: true })
  const type = way.wire === 'messages' ? 'overloaded_error' : 'api_error'
  expect(await readStatus(reply)).toMatchObject({ status: 503, body: { error: { type } } })
  expect(records).toHaveLength(0)
})
