import { describe, expect, test } from '@jest/globals'
import { nativeMessages } from '../../../shared/wires/messages/native.ts'
import { json, type ReceivedRequest, sse } from '../../../testing/stand-ins/provider.ts'
import { targetAt } from '../../support/call-provider.ts'
import { readMessage } from '../../support/read-message.ts'
import { startMessages } from '../../support/start-messages.ts'

const event = (fields: { type: string; [field: string]: unknown }): string =>
  `event: ${fields.type}\ndata: ${JSON.stringify(fields)}\n\n`

const usage = { input_tokens: 10, cache_read_input_tokens: 30, cache_creation_input_tokens: 5, output_tokens: 1 }
const message = { id: 'msg_01X', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, usage }

/** A stream with fields that no translation knows. */
const events = [
  event({ type: 'message_start', message }),
  event({ type: 'ping' }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
  event({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: '想一想' } }),
  event({ type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'EqQBCgIYAhIM' } }),
  event({ type: 'content_block_stop', index: 0 }),
  event({ type: 'content_block_start', index: 1, content_block: { type: 'text', text: '', new_field: [1.0] } }),
  event({ type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: '你好' } }),
  event({ type: 'content_block_stop', index: 1 }),
  event({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 9 },
  }),
  event({ type: 'message_stop' }),
]

const native = { m: { messages_base: '$provider/anthropic' } }
const whole = {
  ...message,
  content: [{ type: 'text', text: 'hi' }],
  stop_reason: 'end_turn',
  usage: { ...usage, output_tokens: 9 },
}

/** Starts in front of a provider that speaks the wire at `/anthropic/v1/messages` only. */
const start = (answer: (request: ReceivedRequest) => ReturnType<typeof json> = () => json(whole), entry: object = {}) =>
  startMessages(
    (request) => (request.path === '/anthropic/v1/messages' ? answer(request) : json({ error: 'no such path' }, 404)),
    { m: { ...native.m, ...entry } },
  )

const stream = { stream: true }

describe('a provider that speaks the wire itself', () => {
  test.each([1, 7, 10_000])('sends a stream that goes on byte for byte, in pieces of %i bytes (R182)', async (size) => {
    const bytes = Buffer.from(events.join(''))
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    )
    const { post, records } = await start(() => sse(...pieces))
    expect(await (await post(stream)).text()).toBe(events.join(''))
    expect(records).toMatchObject([
      {
        usage: { prompt_tokens: 45, completion_tokens: 9, total_tokens: 54 },
        metadata: { endpoint: 'messages', outcome: 'complete', estimated: false, units: { cached: 30, output: 9 } },
      },
    ])
  })

  test('sends a whole reply that goes on byte for byte, and is billed', async () => {
    const text = JSON.stringify(whole, null, 2)
    const { post, records } = await start(() => json(text))
    expect(await (await post()).text()).toBe(text)
    expect(records).toMatchObject([{ usage: { prompt_tokens: 45, completion_tokens: 9 }, points: 54 }])
  })

  test('gets the body of the client, byte for byte but for the name of the model (R182)', async () => {
    const { url, provider } = await start(undefined, { upstream_model: 'glm-4.6' })
    const rest =
      '"max_tokens":100, "some_beta":{"n":1.0,"big":12345678901234567890}, "messages":[{"role":"user","content":"hi"}]'
    const reply = await fetch(`${url}/v1/messages?beta=true`, {
      method: 'POST',
      headers: { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a-2025-01-01,b-2025-02-02' },
      body: `{"model":"m", ${rest}}`,
    })
    expect(await reply.json()).toMatchObject({ model: 'm', content: whole.content })
    const [request] = provider.requests
    expect(request?.text).toBe(`{ ${rest},"model":"glm-4.6"}`)
    expect(request?.headers).toMatchObject({
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a-2025-01-01,b-2025-02-02',
      'x-api-key': 'sk-provider-key',
      authorization: 'Bearer sk-provider-key',
    })
    expect(JSON.stringify(request?.headers)).not.toContain('stainless')
  })

  test('gets what the operator decides: the cap, fields that are dropped, thinking that is off', async () => {
    const { post, provider } = await start(undefined, { max_tokens: 50, drop_params: ['top_k'], thinking: 'off' })
    await post({ max_tokens: 32_000, top_k: 5, thinking: { type: 'adaptive' }, metadata: { user_id: 'account_1' } })
    expect(provider.requests[0]?.body).toEqual({
      ...{ model: 'm', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] },
      thinking: { type: 'disabled' },
    })
  })

  test.each([
    ['anthropic', '2023-06-01', 0.2],
    ['anthropic', '2026-10-21', undefined],
    ['deepseek', '2026-10-21', 0.2],
  ])('gets the sampling of its entry where it is taken: %s, version %s', async (provider, version, temperature) => {
    const { post, provider: received } = await start(undefined, { provider, default_params: { temperature: 0.2 } })
    await post({}, { headers: { 'anthropic-version': version } })
    expect(received.requests[0]?.headers['anthropic-version']).toBe(version)
    expect(received.requests[0]?.body['temperature']).toBe(temperature)
  })

  test('gets the thoughts of vendors, but none that the gateway has translated', async () => {
    const foreign = { type: 'thinking', thinking: 'a', signature: 'EqQBCgIYAhIM' }
    const own = { type: 'thinking', thinking: 'b', signature: 'cbgw1.9f2c' }
    const text = { type: 'text', text: 'c' }
    const user = { role: 'user', content: 'hi' }
    const { post, provider } = await start()
    await post({ messages: [user, { role: 'assistant', content: [foreign, own, text] }, user] })
    expect(provider.requests[0]?.body['messages']).toEqual([
      user,
      { role: 'assistant', content: [foreign, text] },
      user,
    ])
  })

  test('can do what a chat cannot: server tools, and messages that the assistant begins', async () => {
    const { post } = await start()
    const body = {
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: '{' },
      ],
    }
    expect((await post(body)).status).toBe(200)
  })

  test('says why it refuses, in its own words', async () => {
    const refusal = 'messages.1.content.0.thinking.signature: Invalid `signature` in `thinking` block'
    const error = { type: 'error', error: { type: 'invalid_request_error', message: refusal } }
    const { post } = await start(() => json(error, 400))
    const reply = await post()
    expect({ status: reply.status, body: await reply.json() }).toMatchObject({
      status: 400,
      body: { type: 'error', error: { type: 'invalid_request_error', message: refusal } },
    })
  })

  test('ends a stream with its error, which is recorded by the text so far', async () => {
    const error = event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
    const { post, records } = await start(() => sse(...events.slice(0, 8), error))
    const { complete, error: sent, blocks } = readMessage(await (await post(stream)).text())
    expect({ complete, sent }).toMatchObject({ complete: false, sent: { type: 'overloaded_error' } })
    expect(blocks.map(({ text }) => text)).toEqual(['想一想', '你好'])
    expect(records).toMatchObject([{ metadata: { outcome: 'upstream_cut', estimated: true } }])
  })

  test('has a failure before the first content as a status, also after message_start', async () => {
    const error = event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
    const { post } = await start(() => sse(...events.slice(0, 2), error))
    expect((await post(stream)).status).toBe(503)
  })

  test('never completes a stream that it cuts', async () => {
    const { post } = await start(() => sse(...events.slice(0, -1)))
    const { complete, error } = readMessage(await (await post(stream)).text())
    expect({ complete, error }).toMatchObject({ complete: false, error: { type: 'api_error' } })
  })

  test('is charged by an estimate if it states no usage', async () => {
    const zero = { ...message, usage: { input_tokens: 0, output_tokens: 0 } }
    const silent = [
      event({ type: 'message_start', message: zero }),
      ...events.slice(2, -2),
      event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 0 } }),
      event({ type: 'message_stop' }),
    ]
    const { post, records } = await start(() => sse(...silent))
    expect(readMessage(await (await post(stream)).text()).complete).toBe(true)
    expect(records[0]?.metadata).toMatchObject({ estimated: true, outcome: 'complete' })
    expect(records[0]?.usage.completion_tokens).toBeGreaterThan(0)
  })

  test('is not asked for the wire if the entry says off, or decides what callers may send (R183)', async () => {
    const chat = () => json({ choices: [{ message: { content: 'chat' }, finish_reason: 'stop' }] })
    for (const entry of [
      { messages_base: 'off' },
      { messages_base: '$provider/anthropic', system_prompt: 'Be kind.' },
      { messages_base: '$provider/anthropic', allowed_params: ['temperature'] },
    ]) {
      const { post, provider } = await startMessages(chat, { m: entry })
      expect(await (await post({ system: 'x' })).json()).toMatchObject({ content: [{ type: 'text', text: 'chat' }] })
      expect(provider.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions'])
    }
  })

  test('is asked by a chat, too, where the answers are checked', async () => {
    const chat = () => json({ choices: [{ message: { content: 'chat' }, finish_reason: 'stop' }] })
    const environment = { MODERATION: 'words', MODERATION_WORDS: 'badword', MODERATION_ANSWERS: 'whole' }
    const { post, provider } = await startMessages(chat, native, { environment })
    expect(await (await post()).json()).toMatchObject({ type: 'message', content: [{ text: 'chat' }] })
    expect(provider.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions'])
  })
})

test('the check of words reads the whole body of a request that goes on as it is (R183)', async () => {
  const environment = { MODERATION: 'words', MODERATION_WORDS: 'badword' }
  const { post, provider } = await startMessages(() => json(whole), native, { environment })
  const foreign = { type: 'thinking', thinking: 'a badword', signature: 'EqQBCgIYAhIM' }
  const user = { role: 'user', content: 'hi' }
  const reply = await post({
    messages: [user, { role: 'assistant', content: [foreign, { type: 'text', text: 'b' }] }, user],
  })
  expect({ status: reply.status, body: await reply.json() }).toMatchObject({
    status: 400,
    body: { type: 'error', error: { type: 'invalid_request_error', code: 'content_policy_violation' } },
  })
  expect(provider.requests).toHaveLength(0)
})

describe('the address of the wire', () => {
  const find = (apiBase: string, fields: object = {}) =>
    nativeMessages.findAddress({ ...targetAt('https://example.com'), apiBase, ...fields })

  test.each([
    ['https://api.anthropic.com/v1', 'https://api.anthropic.com'],
    ['https://api.deepseek.com', 'https://api.deepseek.com/anthropic'],
    ['https://api.deepseek.com/v1', 'https://api.deepseek.com/anthropic'],
    ['https://open.bigmodel.cn/api/paas/v4', 'https://open.bigmodel.cn/api/anthropic'],
    ['https://dashscope.aliyuncs.com/compatible-mode/v1', 'https://dashscope.aliyuncs.com/apps/anthropic'],
    ['https://api.moonshot.cn/v1', 'https://api.moonshot.cn/anthropic'],
    ['https://api.minimaxi.com/v1', 'https://api.minimaxi.com/anthropic'],
    ['https://api.hunyuan.cloud.tencent.com/v1', 'https://api.hunyuan.cloud.tencent.com/anthropic'],
    ['https://qianfan.baidubce.com/v2', 'https://qianfan.baidubce.com/anthropic'],
    ['https://tokenhub.tencentcloudmaas.com/v1', 'https://tokenhub.tencentcloudmaas.com'],
    ['https://api.modelarts-maas.com/v1', 'https://api.modelarts-maas.com/anthropic'],
    ['https://ark.cn-beijing.volces.com/api/coding/v3', 'https://ark.cn-beijing.volces.com/api/coding'],
    ['https://e-1.api.tcloudbasegateway.com/v1/ai/deepseek/v1', 'https://e-1.api.tcloudbasegateway.com/v1/ai/deepseek'],
  ])('of %s is below %s', (apiBase, base) => {
    expect(find(apiBase)).toMatchObject({ url: `${base}/v1/messages`, isConfigured: false })
  })

  test.each([
    'https://ark.cn-beijing.volces.com/api/v3',
    'https://example.com/v1',
    'https://api.deepseek.com.example.com/v1',
  ])('of %s is not known', (apiBase) => {
    expect(find(apiBase)).toBeUndefined()
  })

  test.each([
    'https://x.example.com/anthropic',
    'https://x.example.com/anthropic/v1/',
    'https://x.example.com/anthropic/v1/messages',
  ])('may be written as %s', (messagesBase) => {
    expect(find('https://example.com/v1', { messagesBase })).toMatchObject({
      url: 'https://x.example.com/anthropic/v1/messages',
      isConfigured: true,
      keyHeaders: ['authorization', 'x-api-key'],
    })
  })

  test('says which header carries the key, if the provider takes one only', () => {
    expect(find('https://api.anthropic.com/v1')?.keyHeaders).toEqual(['x-api-key'])
    expect(find('https://e-1.api.tcloudbasegateway.com/v1/ai/cloudbase')?.keyHeaders).toEqual(['authorization'])
  })
})
