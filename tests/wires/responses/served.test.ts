import { describe, expect, test } from '@jest/globals'
import OpenAI, { type APIError } from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import * as z from 'zod'
import { serveResponses } from '../../../shared/gateway/relay/serve-responses.ts'
import type { JsonObject } from '../../../shared/runtime/json.ts'
import { responses } from '../../../shared/wires/responses/responses.ts'
import { json, type ReceivedRequest, type Script, sse } from '../../../testing/stand-ins/provider.ts'
import { type StartedWire, startServedWire } from '../../support/start-wire.ts'
import { calling, chunk, readEvents } from './golden.ts'

const start = (
  answer: (request: ReceivedRequest) => Script,
  entries?: Readonly<Record<string, object>>,
  variables: Readonly<Record<string, string>> = {},
): Promise<StartedWire> =>
  startServedWire(
    { operation: 'responses', serves: (config) => serveResponses(responses, config), variables },
    answer,
    entries,
  )

const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 }
const toEvent = (fields: object): string => `data: ${JSON.stringify(fields)}\n\n`
const end = [toEvent({ choices: [], usage }), 'data: [DONE]\n\n']

/** The events of a chat. */
const chat = (...chunks: JsonObject[]): string[] => chunks.map(toEvent)

const hello = chat(
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: '你好' }),
  chunk({ content: '，世界' }, 'stop'),
)

const whole = (message: object, finish_reason = 'stop'): Script =>
  json({
    ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm', usage },
    choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason }],
  })

const post = (url: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/v1/responses`, { method: 'POST', headers, body: JSON.stringify({ model: 'm', input: 'hi', ...body }) })

const postStream = async (url: string, body: object = {}): Promise<JsonObject[]> =>
  readEvents(await (await post(url, { ...body, stream: true })).text())

const waitForRecord = async ({ records }: StartedWire): Promise<StartedWire['records'][number]> => {
  const endsAt = Date.now() + 20_000
  while (records.length === 0 && Date.now() < endsAt) await new Promise((resolve) => setTimeout(resolve, 10))
  const [record] = records
  if (!record) throw new Error('no record came')
  return record
}

describe('the official client', () => {
  test('reads a whole response, which is recorded', async () => {
    const started = await start(() => whole({ content: '你好' }))
    const response = await started.client.responses.create({ model: 'm', input: 'hi', instructions: 'Be brief.' })
    expect(response).toMatchObject({ output_text: '你好', status: 'completed', usage: { total_tokens: 13 } })
    expect(started.provider.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      body: { model: 'm', messages: [{ role: 'system' }, { role: 'user', content: 'hi' }] },
    })
    expect(started.records).toMatchObject([
      { usage: { total_tokens: 13 }, points: 13, metadata: { endpoint: 'responses', outcome: 'complete' } },
    ])
  })

  test('collects a stream', async () => {
    const started = await start(() => sse(...hello, ...end))
    const deltas: string[] = []
    const stream = started.client.responses
      .stream({ model: 'm', input: 'hi' })
      .on('response.output_text.delta', ({ delta }) => deltas.push(delta))
    const response = await stream.finalResponse()
    expect([response.output_text, deltas]).toEqual(['你好，世界', ['你好', '，世界']])
    expect(response.usage).toMatchObject({ input_tokens: 9, output_tokens: 4, total_tokens: 13 })
    expect(started.provider.requests[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } })
    expect(await waitForRecord(started)).toMatchObject({
      points: 13,
      metadata: { endpoint: 'responses', stream: true },
    })
  })

  test('parses an answer by a schema, whole and streamed', async () => {
    const format = zodTextFormat(z.object({ city: z.string() }), 'place')
    const answer = '{"city":"武汉"}'
    const { client, provider } = await start(({ body }) =>
      body['stream'] ? sse(...chat(chunk({ content: answer }, 'stop')), ...end) : whole({ content: answer }),
    )
    const body = { model: 'm', input: 'where?', text: { format } }
    expect((await client.responses.parse(body)).output_parsed).toEqual({ city: '武汉' })
    expect((await client.responses.stream(body).finalResponse()).output_parsed).toEqual({ city: '武汉' })
    expect(provider.requests[0]?.body).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true } },
    })
  })

  test('runs a tool, and its next turn carries the call, its result and the thought', async () => {
    const { client, provider } = await start(({ body: { messages } }) =>
      (messages as JsonObject[]).at(-1)?.['role'] === 'tool'
        ? sse(...hello, ...end)
        : sse(
            ...chat(chunk({ reasoning_content: 'Look.' }), chunk(calling(0, '{"path":"."}', 'ls'), 'tool_calls')),
            ...end,
          ),
    )
    const tools = [
      { type: 'function' as const, name: 'ls', strict: false, parameters: { type: 'object', properties: {} } },
    ]
    const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: 'list' }]
    const first = await client.responses.stream({ model: 'm', input, tools }).finalResponse()
    const call = first.output.find(({ type }) => type === 'function_call') as OpenAI.Responses.ResponseFunctionToolCall
    input.push(...(first.output as OpenAI.Responses.ResponseInputItem[]))
    input.push({ type: 'function_call_output', call_id: call.call_id, output: 'a.txt' })
    const second = await client.responses.stream({ model: 'm', input, tools }).finalResponse()
    expect(second.output_text).toBe('你好，世界')
    expect(provider.requests[1]?.body['messages']).toEqual([
      { role: 'user', content: 'list' },
      {
        ...{ role: 'assistant', content: null, reasoning_content: 'Look.' },
        tool_calls: [{ id: 'call_0', type: 'function', function: { name: 'ls', arguments: '{"path":"."}' } }],
      },
      { role: 'tool', tool_call_id: 'call_0', content: 'a.txt' },
    ])
  })

  test('throws for a request that needs a store, with the field and what to do', async () => {
    const { client, provider } = await start(() => whole({ content: 'x' }))
    const asking = client.responses.create({ model: 'm', input: 'hi', previous_response_id: 'resp_1' })
    const error = (await asking.catch((thrown: unknown) => thrown)) as APIError
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(error).toMatchObject({ code: 'previous_response_not_found', param: 'previous_response_id' })
    expect(provider.requests).toHaveLength(0)
  })

  test('throws if a stream breaks off', async () => {
    const { client } = await start(() => sse(...hello.slice(0, 2), 'cut'))
    await expect(client.responses.stream({ model: 'm', input: 'hi' }).finalResponse()).rejects.toThrow(/broke/)
  })
})

describe('a thought', () => {
  const thinking = (): Script => whole({ content: 'a', reasoning_content: '想一想' })
  const include = ['reasoning.encrypted_content']

  test('is sealed if the client asks for it, and comes back to the provider without its summary', async () => {
    const { url, provider } = await start(thinking, undefined, {
      GATEWAY_ADMIN_KEY: 'admin-key-of-32-characters-or-so',
    })
    const { output } = (await (await post(url, { include })).json()) as { output: JsonObject[] }
    const [reasoning, message] = output
    expect(reasoning).toMatchObject({ type: 'reasoning', encrypted_content: expect.stringMatching(/^cbgw1\./) })
    await post(url, { input: [{ ...reasoning, summary: [] }, message, { role: 'user', content: 'go on' }] })
    expect(provider.requests[1]?.body['messages']).toMatchObject([
      { role: 'assistant', content: 'a', reasoning_content: '想一想' },
      {},
    ])
  })

  test('is in the summary only if the client does not ask, or if the gateway has no key', async () => {
    const withKey = await start(thinking, undefined, { GATEWAY_ADMIN_KEY: 'admin-key-of-32-characters-or-so' })
    const without = await start(thinking)
    for (const reply of [await post(withKey.url, {}), await post(without.url, { include })])
      expect(((await reply.json()) as { output: JsonObject[] }).output[0]).toEqual({
        ...{ id: expect.any(String), type: 'reasoning' },
        summary: [{ type: 'summary_text', text: '想一想' }],
      })
  })
})

describe('a stream', () => {
  test('has an error and no completion if the provider cuts it, and is charged by its estimate', async () => {
    const started = await start(() => sse(...hello.slice(0, 2), 'cut'))
    const events = await postStream(started.url)
    expect(events.map(({ type }) => type).slice(-2)).toEqual(['error', 'response.failed'])
    expect(events.at(-1)).toMatchObject({ response: { status: 'failed', output: [{ status: 'incomplete' }] } })
    expect(await waitForRecord(started)).toMatchObject({
      metadata: { endpoint: 'responses', outcome: 'upstream_cut', estimated: true },
    })
  })

  test('has the error that its provider reports', async () => {
    const error = { message: 'Rate limit reached', type: 'rate_limit', code: 'rate_limit_exceeded' }
    const started = await start(() => sse(...hello.slice(0, 2), toEvent({ error })))
    const events = await postStream(started.url)
    expect(events.slice(-2)).toMatchObject([
      { type: 'error', code: 'rate_limit_exceeded' },
      { type: 'response.failed', response: { error: { code: 'rate_limit_exceeded' } } },
    ])
    expect(await waitForRecord(started)).toMatchObject({ metadata: { outcome: 'upstream_cut' } })
  })

  test('is a reply with a status if it fails before its first content', async () => {
    const { url, records } = await start(() =>
      sse(...hello.slice(0, 1), toEvent({ error: { message: 'no', code: 'x' } })),
    )
    const reply = await post(url, { stream: true })
    expect([reply.status, reply.headers.get('content-type')]).toEqual([502, 'application/json'])
    expect(await reply.json()).toMatchObject({ error: { message: expect.any(String) } })
    expect(records).toHaveLength(0)
  })

  test.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ])('that ends by %s is incomplete, and charged as the provider counts', async (finish, reason) => {
    const started = await start(() => sse(...chat(chunk({ content: 'Once' }), chunk({}, finish)), ...end))
    expect((await postStream(started.url)).at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { incomplete_details: { reason }, usage: { total_tokens: 13 } },
    })
    expect(await waitForRecord(started)).toMatchObject({ points: 13, metadata: { outcome: 'complete' } })
  })

  test('has the estimate if there is no usage, which says so and is recorded', async () => {
    const started = await start(() => sse(...hello, 'data: [DONE]\n\n'))
    const last = (await postStream(started.url)).at(-1) as { response: { usage: JsonObject } }
    const { usage: counted } = last.response
    expect(counted).toMatchObject({ estimated: true })
    expect(counted['input_tokens']).toBeGreaterThan(0)
    expect(counted['output_tokens']).toBeGreaterThan(0)
    expect(await waitForRecord(started)).toMatchObject({
      usage: { total_tokens: counted['total_tokens'] },
      metadata: { estimated: true },
    })
  })

  test('ends at the provider if its client leaves, and is charged for what came', async () => {
    const started = await start(() => sse(...hello.slice(0, 2), 'hang'))
    const leaving = new AbortController()
    const reply = await fetch(`${started.url}/v1/responses`, {
      ...{ method: 'POST', signal: leaving.signal },
      body: JSON.stringify({ model: 'm', input: 'hi', stream: true }),
    })
    await reply.body?.getReader().read()
    leaving.abort()
    await started.provider.requests[0]?.closed
    expect(await waitForRecord(started)).toMatchObject({ metadata: { outcome: 'client_gone', estimated: true } })
  })

  test('goes to the next target if the first fails before its content', async () => {
    const targets = [
      { upstream_model: 'first', weight: 1 },
      { upstream_model: 'second', weight: 0 },
    ]
    const started = await start(
      ({ body }) => (body['model'] === 'first' ? json({ error: { message: 'down' } }, 503) : sse(...hello, ...end)),
      { m: { targets } },
    )
    const events = await postStream(started.url)
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { model: 'm' } })
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index))
    expect((await waitForRecord(started)).metadata).toMatchObject({ attempts: [{ status: 503 }, { status: 200 }] })
  })
})

describe('an entry’s rules', () => {
  test('hold for this endpoint as for chat: its system prompt, its bounds, its thinking', async () => {
    const entry = { provider: 'deepseek', system_prompt: 'Secret rules.', max_tokens: 50, thinking: 'off' }
    const { url, provider } = await start(() => whole({ content: 'x' }), { m: entry })
    const body = { instructions: 'Mine.', max_output_tokens: 500, reasoning: { effort: 'high' } }
    const reply = (await (await post(url, body)).json()) as JsonObject
    expect(provider.requests[0]?.body).toMatchObject({
      messages: [{ role: 'system', content: 'Secret rules.' }, { role: 'system', content: 'Mine.' }, {}],
      ...{ max_tokens: 50, thinking: { type: 'disabled' } },
    })
    expect(reply['instructions']).toBe('Mine.')
    expect(JSON.stringify(reply)).not.toContain('Secret')
  })

  test('refuse a request that is too long, and name the input', async () => {
    const { url } = await start(() => whole({ content: 'x' }), { m: { max_prompt_tokens: 10 } })
    const reply = await post(url, { input: 'word '.repeat(50) })
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({ error: { code: 'context_length_exceeded', param: 'input' } })
  })
})
