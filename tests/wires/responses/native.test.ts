import { describe, expect, test } from '@jest/globals'
import { serveResponses } from '../../../shared/gateway/relay/serve-responses.ts'
import type { JsonObject } from '../../../shared/runtime/json.ts'
import { responses } from '../../../shared/wires/responses/responses.ts'
import { createSeal } from '../../../shared/wires/responses/seal.ts'
import { json, type ReceivedRequest, type Script, sse } from '../../../testing/stand-ins/provider.ts'
import { type EntryToStart, type StartedWire, startServedWire } from '../../support/start-wire.ts'
import { readEvents } from './golden.ts'

const native =
  (entry: object = {}): EntryToStart =>
  (origin: string) => ({ upstream_model: 'vendor-model', responses_base: `${origin}/own/v1`, ...entry })

const start = (
  answer: (request: ReceivedRequest) => Script,
  entry: EntryToStart = native(),
  variables: Readonly<Record<string, string>> = {},
): Promise<StartedWire> =>
  startServedWire(
    { operation: 'responses', serves: (config) => serveResponses(responses, config), variables },
    answer,
    { m: entry },
  )

const usage = {
  ...{ input_tokens: 9, output_tokens: 4, total_tokens: 13 },
  input_tokens_details: { cached_tokens: 3 },
  output_tokens_details: { reasoning_tokens: 1 },
}
const output = [{ type: 'message', id: 'msg_v', role: 'assistant', content: [{ type: 'output_text', text: '你好' }] }]
const response = { id: 'resp_v', object: 'response', status: 'completed', model: 'vendor-model', output, usage }

const toEvent = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

const created = toEvent('response.created', {
  response: { ...response, status: 'in_progress', output: [], usage: null },
})
const deltas = ['你', '好'].map((delta) => toEvent('response.output_text.delta', { item_id: 'msg_v', delta }))
const completed = toEvent('response.completed', { response })

const post = (url: string, body: object = {}): Promise<Response> =>
  fetch(`${url}/v1/responses`, { method: 'POST', body: JSON.stringify({ model: 'm', input: 'hi', ...body }) })

const postStream = async (url: string): Promise<JsonObject[]> =>
  readEvents(await (await post(url, { stream: true })).text())

const waitForRecord = async ({ records }: StartedWire): Promise<StartedWire['records'][number]> => {
  const endsAt = Date.now() + 20_000
  while (records.length === 0 && Date.now() < endsAt) await new Promise((resolve) => setTimeout(resolve, 10))
  const [record] = records
  if (!record) throw new Error('no record came')
  return record
}

describe('a provider that has the API itself', () => {
  test('gets the request as it is, and the client gets its response, under its own name of the model (R193)', async () => {
    const started = await start(() => json(response))
    const body = {
      text: { format: { type: 'text' }, verbosity: 'low' },
      vendor_field: { a: 1 },
      instructions: 'Be brief.',
    }
    const reply = await post(started.url, body)
    expect(await reply.json()).toEqual({ ...response, model: 'm' })
    expect(started.provider.requests[0]).toMatchObject({
      path: '/own/v1/responses',
      headers: { authorization: 'Bearer sk-provider-key' },
    })
    expect(started.provider.requests[0]?.body).toEqual({ model: 'vendor-model', input: 'hi', ...body, store: false })
    expect(started.records).toMatchObject([
      {
        points: 13,
        usage: { total_tokens: 13 },
        metadata: { endpoint: 'responses', units: { input: 9, cached: 3, output: 4, reasoning: 1 } },
      },
    ])
  })

  test('gets no tool that runs at it, no data about the client, and no thought that the gateway has sealed (R193)', async () => {
    const secret = 'admin-key-of-32-characters-or-so'
    const { url, provider } = await start(() => json(response), native(), { GATEWAY_ADMIN_KEY: secret })
    const sealed = createSeal(secret, { model: 'm', userId: null }).seal('thought')
    const ls = { type: 'function', name: 'ls', parameters: {} }
    const group = { type: 'namespace', name: 'fs', description: 'Files.', tools: [ls] }
    const foreign = { type: 'reasoning', id: 'rs_v', summary: [], encrypted_content: 'gAAAA' }
    await post(url, {
      tools: [ls, { type: 'web_search' }, group, { type: 'mcp' }, { type: 'apply_patch' }],
      input: [{ type: 'reasoning', summary: [], encrypted_content: sealed }, foreign, { role: 'user', content: 'hi' }],
      ...{ client_metadata: { id: 'x' }, store: true },
    })
    expect(provider.requests[0]?.body).toEqual({
      ...{ model: 'vendor-model', store: false, tools: [ls, group, { type: 'apply_patch' }] },
      input: [foreign, { role: 'user', content: 'hi' }],
    })
  })

  test('gets no tool that runs at it in a group of tools or among the items either (R193)', async () => {
    const { url, provider } = await start(() => json(response))
    const ls = { type: 'function', name: 'ls', parameters: {} }
    const toGroup = (...tools: object[]) => ({ type: 'namespace', name: 'fs', description: 'Files.', tools })
    const toItem = (...tools: object[]) => ({ type: 'additional_tools', tools })
    const user = { role: 'user', content: 'hi' }
    await post(url, {
      tools: [toGroup(ls, { type: 'web_search' })],
      input: [toItem({ type: 'image_generation' }, toGroup(ls, { type: 'mcp' })), user],
    })
    expect(provider.requests[0]?.body).toMatchObject({ tools: [toGroup(ls)], input: [toItem(toGroup(ls)), user] })
  })

  test('gets what the entry decides: its bound of tokens, defaults, dropped fields, thinking', async () => {
    const entry = {
      max_tokens: 50,
      default_params: { temperature: 0.5, top_k: 3 },
      drop_params: ['top_p'],
      thinking: 'off',
    }
    const { url, provider } = await start(() => json(response), native(entry))
    await post(url, { max_output_tokens: 500, top_p: 0.5, reasoning: { effort: 'high' } })
    await post(url)
    expect(provider.requests.map(({ body }) => body)).toEqual([
      expect.objectContaining({ max_output_tokens: 50, temperature: 0.5, reasoning: { effort: 'none' } }),
      expect.objectContaining({ max_output_tokens: 50 }),
    ])
    for (const { body } of provider.requests) expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['top_p']))
    expect(provider.requests[0]?.body).not.toHaveProperty('top_k')
  })

  test('gets a chat if the entry has a system prompt, or says off', async () => {
    const chat = { choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }] }
    for (const entry of [{ system_prompt: 'Secret.' }, { responses_base: 'off' }]) {
      const { url, provider } = await start(() => json(chat), native(entry))
      expect((await post(url)).status).toBe(200)
      expect(provider.requests[0]?.path).toBe('/v1/chat/completions')
    }
  })

  test('is told nothing of a request that needs a store', async () => {
    const { url, provider } = await start(() => json(response))
    expect((await post(url, { previous_response_id: 'resp_v' })).status).toBe(400)
    expect(provider.requests).toHaveLength(0)
  })

  test.each([
    ['/own/v1', '/own/v1/responses'],
    ['/own/v1/', '/own/v1/responses'],
    ['/own/v1/responses', '/own/v1/responses'],
    ['', '/responses'],
  ])('is called at the path of its base: %s', async (base, path) => {
    const { url, provider } = await start(
      () => json(response),
      (origin: string) => ({ responses_base: origin + base }),
    )
    await post(url)
    expect(provider.requests[0]?.path).toBe(path)
  })
})

describe('a stream of such a provider', () => {
  test('has its events as they came, and ends when the call is recorded', async () => {
    const started = await start(() => sse(created, ...deltas, completed))
    const events = await postStream(started.url)
    expect(events.map(({ type }) => type)).toEqual([
      ...['response.created', 'response.output_text.delta', 'response.output_text.delta', 'response.completed'],
    ])
    expect(events[0]).toMatchObject({ response: { id: 'resp_v', model: 'm' } })
    expect(events[1]).toEqual({ type: 'response.output_text.delta', item_id: 'msg_v', delta: '你' })
    expect(events[3]).toEqual({ type: 'response.completed', response: { ...response, model: 'm' } })
    expect(await waitForRecord(started)).toMatchObject({
      ...{ points: 13, usage: { prompt_tokens: 9, completion_tokens: 4 } },
      metadata: { endpoint: 'responses', stream: true, outcome: 'complete' },
    })
  })

  test('is charged by its text if it states no usage', async () => {
    const started = await start(() =>
      sse(created, ...deltas, toEvent('response.completed', { response: { ...response, usage: null } })),
    )
    await postStream(started.url)
    const record = await waitForRecord(started)
    expect(record.metadata).toMatchObject({ estimated: true })
    expect(record.usage.completion_tokens).toBeGreaterThan(0)
  })

  test.each<[string, string[], object]>([
    ['breaks off', [], { code: 'upstream_error' }],
    [
      'says that it failed',
      [
        toEvent('response.failed', {
          response: { ...response, error: { code: 'rate_limit_exceeded', message: 'Too many requests' } },
        }),
      ],
      { code: 'rate_limit_exceeded' },
    ],
    ['says that it failed in an event of its own', [toEvent('error', { code: 'server_error', message: 'down' })], {}],
  ])('that %s has an error and no completion', async (_, last, error) => {
    const started = await start(() => sse(created, ...deltas, ...last, 'cut'))
    const events = await postStream(started.url)
    expect(events.slice(-2)).toMatchObject([
      { type: 'error', ...error },
      { type: 'response.failed', response: { status: 'failed' } },
    ])
    expect(events.map(({ type }) => type)).not.toContain('response.completed')
    expect((await waitForRecord(started)).metadata).toMatchObject({ outcome: 'upstream_cut', estimated: true })
  })

  test('goes on with its numbers if it fails, under its own id and with its whole items', async () => {
    const [item] = output
    const begun = [
      ['response.created', { response: { ...response, created_at: 7, output: [] } }],
      ['response.output_text.delta', { item_id: 'msg_v', delta: '你好' }],
      ['response.output_item.done', { output_index: 0, item }],
      ['response.output_item.added', { output_index: 1, item: { id: 'fc_v', type: 'function_call' } }],
    ] as const
    const steps = begun.map(([type, fields], index) => toEvent(type, { ...fields, sequence_number: index }))
    const events = await postStream((await start(() => sse(...steps, 'cut'))).url)
    expect(events.map(({ sequence_number: number }) => number)).toEqual([0, 1, 2, 3, 4, 5])
    expect(events.at(-1)).toMatchObject({
      response: { id: 'resp_v', created_at: 7, model: 'm', status: 'failed', output: [item] },
    })
  })

  test('goes to the next target, which gets a chat, if it fails before its first content', async () => {
    const chunk = { choices: [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }] }
    const chat = sse(`data: ${JSON.stringify(chunk)}\n\n`, 'data: [DONE]\n\n')
    const failed = toEvent('response.failed', {
      response: { error: { code: 'server_is_overloaded', message: 'overloaded' } },
    })
    const started = await start(
      ({ path }) => (path === '/own/v1/responses' ? sse(created, failed) : chat),
      (origin: string) => ({
        targets: [
          { responses_base: `${origin}/own/v1`, weight: 1 },
          { upstream_model: 'other', weight: 0 },
        ],
      }),
    )
    const events = await postStream(started.url)
    expect(started.provider.requests.map(({ path }) => path)).toEqual(['/own/v1/responses', '/v1/chat/completions'])
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { output: [{ content: [{ text: 'x' }] }] },
    })
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index))
  })
})
