import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { json, type Step, sse } from '../../../testing/stand-ins/provider.ts'
import { readMessage } from '../../support/read-message.ts'
import { chunk, done, startMessages, usageEvent } from '../../support/start-messages.ts'

const usage = {
  prompt_tokens: 1_452,
  completion_tokens: 57,
  total_tokens: 1_509,
  prompt_tokens_details: { cached_tokens: 640 },
  completion_tokens_details: { reasoning_tokens: 21 },
}

const tools = [{ name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }]
const stream = { stream: true, tools }

const callPiece = (index: number, args: string, id?: string): object => ({
  tool_calls: [
    { index, ...(id && { id, type: 'function' }), function: { ...(id && { name: 'weather' }), arguments: args } },
  ],
})

/** A chat that thinks, speaks, and calls a tool. */
const chat = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ reasoning_content: 'First ' }),
  chunk({ reasoning_content: 'the weather.' }),
  chunk({ content: '好的，' }),
  chunk({ content: '我看看。' }),
  chunk(callPiece(0, '', 'call_a1')),
  chunk(callPiece(0, '{"city":"Wu')),
  chunk(callPiece(0, 'han"}')),
  chunk({}, 'tool_calls'),
  usageEvent(usage),
  done,
]

const ask = async (...steps: Step[]) => {
  const started = await startMessages(() => sse(...steps))
  const reply = await started.post(stream)
  const text = await reply.text()
  return { ...started, reply, text, read: () => readMessage(text) }
}

/** The estimate of the prompt, the words of an error and the id of the request are not the wire's own. */
const withoutChance = (body: string): string =>
  body
    .replace(/"input_tokens":\d+,"cache_read_input_tokens":0/, '"input_tokens":0,"cache_read_input_tokens":0')
    .replace(/"message":"[^"]+"\},"request_id":"[^"]+"/, '"message":"words"},"request_id":"id"')

const readGolden = (name: string): string => readFileSync(`tests/fixtures/messages/${name}.sse`, 'utf8')

describe('the stream of a message', () => {
  test.each<[string, Step[]]>([
    ['thinking-text-tool', chat],
    [
      'two-tools',
      [
        chunk(callPiece(0, '{"city":"A"}', 'a')),
        chunk(callPiece(1, '{"city":"B"}', 'b'), 'tool_calls'),
        usageEvent(usage),
        done,
      ],
    ],
    ['cut-after-text', [chunk({ content: 'Half' }), 'cut']],
    ['filtered', [chunk({ content: 'I ' }), chunk({}, 'content_filter'), usageEvent(usage), done]],
    [
      'nothing',
      [chunk({ role: 'assistant' }), chunk({}, 'stop'), usageEvent({ ...usage, completion_tokens: 0 }), done],
    ],
  ])('is that of Anthropic, event for event: %s', async (name, steps) => {
    const { reply, text, read } = await ask(...steps)
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    expect(reply.headers.get('request-id')).toBe(reply.headers.get('x-request-id'))
    read()
    expect(withoutChance(text)).toBe(readGolden(name))
  })

  test('is charged and recorded under its endpoint, by the usage that the provider states', async () => {
    const { records } = await ask(...chat)
    expect(records).toMatchObject([
      { usage, points: 1_509, metadata: { endpoint: 'messages', outcome: 'complete', estimated: false, stream: true } },
    ])
  })

  test('holds an estimate, which is recorded, if the provider states no usage', async () => {
    const { read, records } = await ask(chunk({ content: 'Hello there' }, 'stop'), done)
    const { usage: stated, complete } = read()
    expect(complete).toBe(true)
    expect(stated).toMatchObject({ estimated: true, cache_read_input_tokens: 0 })
    const [record] = records
    expect(record?.metadata).toMatchObject({ estimated: true, outcome: 'complete' })
    expect([stated?.['input_tokens'], stated?.['output_tokens']]).toEqual([
      record?.usage.prompt_tokens,
      record?.usage.completion_tokens,
    ])
    expect(record?.usage.completion_tokens).toBeGreaterThan(0)
  })

  test('ends with an error event if the provider cuts it, and is recorded by its text (R181)', async () => {
    const { read, records } = await ask(chunk({ content: 'Half of' }), 'cut')
    expect(read()).toMatchObject({ complete: false, error: { type: 'api_error' }, blocks: [{ text: 'Half of' }] })
    expect(records).toMatchObject([{ metadata: { outcome: 'upstream_cut', estimated: true } }])
    expect(records[0]?.usage.completion_tokens).toBeGreaterThan(0)
  })

  test('ends with an error event if the provider reports one after the first', async () => {
    const error = `data: ${JSON.stringify({ error: { message: 'Server overloaded', code: 'overloaded' } })}\n\n`
    const { read } = await ask(chunk({ content: 'a' }), error)
    expect(read()).toMatchObject({ complete: false, error: { type: 'overloaded_error' } })
  })

  test('never ends as complete without a reason for the end (R181)', async () => {
    const { read } = await ask(chunk({ content: 'a' }))
    expect(read()).toMatchObject({ complete: false, stopReason: undefined, error: { type: 'api_error' } })
  })

  test('begins with the first content: a failure before it has a status of its own', async () => {
    const error = `data: ${JSON.stringify({ error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } })}\n\n`
    const { reply, text } = await ask(chunk({ role: 'assistant', content: '' }), error)
    expect({ status: reply.status, body: JSON.parse(text) as unknown }).toMatchObject({
      status: 429,
      body: { type: 'error', error: { type: 'rate_limit_error' }, code: 'RATE_LIMIT_EXCEEDED' },
    })
  })

  test('says refusal when the provider filters the reply, and is charged', async () => {
    const { read, records } = await ask(chunk({ content: 'I ' }), chunk({}, 'content_filter'), usageEvent(usage), done)
    expect(read().events.find(({ type }) => type === 'message_delta')?.delta).toMatchObject({
      stop_reason: 'refusal',
      stop_details: { type: 'refusal' },
    })
    expect(records).toMatchObject([{ usage, metadata: { outcome: 'complete' } }])
  })

  test('is recorded as the client left it, with the text so far', async () => {
    const { post, recorded } = await startMessages(() => sse(chunk({ content: 'Hello there' }), 'hang'))
    const controller = new AbortController()
    const reply = await post(stream, { signal: controller.signal })
    await reply.body?.getReader().read()
    controller.abort()
    const record = await recorded
    expect(record.metadata).toMatchObject({ outcome: 'client_gone', estimated: true })
    expect(record.usage.completion_tokens).toBeGreaterThan(0)
  })

  test('holds pings while the model is silent', async () => {
    let goOn = (): void => undefined
    const silence = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const { post } = await startMessages(
      () =>
        sse(
          chunk(callPiece(0, '{"city":', 'a')),
          silence,
          chunk(callPiece(0, '"A"}'), 'tool_calls'),
          usageEvent(usage),
          done,
        ),
      { m: {} },
      { keepAliveMs: 20 },
    )
    let text = ''
    for await (const bytes of (await post(stream)).body ?? []) {
      text += Buffer.from(bytes).toString()
      if (text.split('"type":"ping"').length > 3) goOn()
    }
    const { events, blocks, complete } = readMessage(text)
    expect(events.filter(({ type }) => type === 'ping').length).toBeGreaterThan(2)
    expect({ blocks, complete }).toMatchObject({ blocks: [{ type: 'tool_use', text: '{"city":"A"}' }], complete: true })
  })

  test.each([
    ['length', 'max_tokens'],
    ['stop', 'end_turn'],
    ['content_filter', 'refusal'],
    ['sensitive', 'refusal'],
  ])('says why it ended: %s is %s', async (reason, expected) => {
    const { read } = await ask(chunk({ content: 'a' }, reason), usageEvent(usage), done)
    expect(read().stopReason).toBe(expected)
  })

  test('names the stop sequence that the provider names', async () => {
    const { post } = await startMessages(() =>
      sse(chunk({ content: 'a' }, 'stop', { stop_reason: 'END' }), usageEvent(usage), done),
    )
    const text = await (await post({ ...stream, stop_sequences: ['END'] })).text()
    expect(readMessage(text).events.at(-2)?.delta).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'END' })
  })

  test('is made of a document, too, if the provider sends one', async () => {
    const message = { role: 'assistant', content: 'whole' }
    const { post } = await startMessages(() => json({ choices: [{ index: 0, message, finish_reason: 'stop' }], usage }))
    const { blocks, complete } = readMessage(await (await post(stream)).text())
    expect({ blocks, complete }).toMatchObject({ blocks: [{ type: 'text', text: 'whole' }], complete: true })
  })
})

test('a stream ends as the message that the whole reply is', async () => {
  const called = { id: 'call_a1', type: 'function', function: { name: 'weather', arguments: '{"city":"Wuhan"}' } }
  const message = {
    role: 'assistant',
    content: '好的，我看看。',
    reasoning_content: 'First the weather.',
    tool_calls: [called],
  }
  const { post } = await startMessages(({ body }) =>
    body['stream']
      ? sse(...chat)
      : json({ id: 'chatcmpl-9f2c', choices: [{ index: 0, message, finish_reason: 'tool_calls' }], usage }),
  )
  const whole = (await (await post({ tools })).json()) as { content: { input?: object }[] }
  const { events } = readMessage(await (await post(stream)).text())
  const started = events.flatMap(({ type, content_block: block }) => (type === 'content_block_start' ? [block] : []))
  expect(started.map((block) => Object.keys(block ?? {}))).toEqual(whole.content.map((block) => Object.keys(block)))
  const { delta, usage: counted } = events.find(({ type }) => type === 'message_delta') ?? {}
  expect(whole).toMatchObject({ ...delta, usage: counted })
})

test('a whole message has the fields of Anthropic, in their order, and nothing that its clients refuse', async () => {
  const [reasoning_content, content] = ['First the weather.', '好的，']
  const called = { id: 'call_a1', type: 'function', function: { name: 'weather', arguments: '{"city":"Wuhan"}' } }
  const message = { role: 'assistant', content, reasoning_content, tool_calls: [called] }
  const { post } = await startMessages(() =>
    json({ id: 'chatcmpl-9f2c', choices: [{ index: 0, message, finish_reason: 'tool_calls' }], usage }),
  )
  expect(await (await post({ tools })).json()).toEqual({
    ...{ id: 'msg_9f2c', type: 'message', role: 'assistant', model: 'm', container: null },
    content: [
      { type: 'thinking', thinking: reasoning_content, signature: expect.stringMatching(/^cbgw1\./) },
      { type: 'text', text: content },
      { type: 'tool_use', id: 'call_a1', name: 'weather', input: { city: 'Wuhan' }, caller: { type: 'direct' } },
    ],
    ...{ stop_reason: 'tool_use', stop_sequence: null, stop_details: null },
    usage: {
      ...{ input_tokens: 812, cache_read_input_tokens: 640, cache_creation_input_tokens: 0, output_tokens: 57 },
      ...{ output_tokens_details: { thinking_tokens: 21 }, service_tier: 'standard' },
    },
  })
})
