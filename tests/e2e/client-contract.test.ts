import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type BuiltGateway, builtGateway } from '../../testing/servers/built-gateway.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { json, type Script, sse } from '../../testing/stand-ins/provider.ts'
import { findTypeProblems, type TypedReply } from '../support/openai-types.ts'
import { readStream } from '../support/read-stream.ts'

/** The contract with clients, through the built functions. */

const identity = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' }
const event = (fields: object): string => `data: ${JSON.stringify({ ...identity, ...fields })}\n\n`
const delta = (fields: object, reason: string | null = null, rest: object = {}): string =>
  event({ choices: [{ index: 0, delta: fields, finish_reason: reason, ...rest }] })
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const done = 'data: [DONE]\n\n'

let script: Script
let chat: BuiltGateway
let completions: BuiltGateway
let models: StartedFunction
const typed: TypedReply[] = []

beforeAll(async () => {
  const answer = (): Script => script
  const ids = { m: {}, 'Qwen/Qwen3-8B': {}, '模型:8b': {} }
  chat = await builtGateway({ answer, models: ids, environment: { CORS_ALLOW_ALL: 'true' } })
  completions = await builtGateway({
    answer,
    function: 'llm-completions',
    models: { m: {}, c: { completions_mode: 'chat' } },
  })
  models = await startFunction('llm-models', {
    DISABLE_AUTH: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify(
      Object.fromEntries(
        Object.keys(ids).map((id) => [id, { api_base: 'https://models.example.com/v1', api_key: 'k' }]),
      ),
    ),
  })
})

afterEach(() => {
  chat.provider.requests.length = 0
  completions.provider.requests.length = 0
})

afterAll(async () => {
  await chat.close()
  await completions.close()
  await models.stop()
})

/** Reads all request fields of openai-openapi 2.3.0 except those that the gateway handles itself, with fields of vendors and one
 *  unknown field. */
const readFields = (operation: string): object =>
  JSON.parse(readFileSync(`tests/fixtures/requests/${operation}.json`, 'utf8')) as object
const chatFields = readFields('chat')
const completionFields = readFields('completions')

const message = {
  role: 'assistant',
  content: '你好',
  refusal: null,
  reasoning_content: '想',
  annotations: [
    { type: 'url_citation', url_citation: { start_index: 0, end_index: 1, url: 'https://a.example.com', title: 't' } },
  ],
  audio: { id: 'audio_1', data: 'UklGRg==', expires_at: 1, transcript: 'x' },
  tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"x": 1}' } }],
  tomorrow: [1],
}
const logprobs = { content: [{ token: '你', logprob: -0.1, bytes: [228, 189, 160], top_logprobs: [] }], refusal: null }
const whole = JSON.stringify(
  {
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, logprobs, finish_reason: 'tool_calls', content_filter_results: {} }],
    usage: { ...usage, prompt_tokens_details: { cached_tokens: 1 }, cost: 0.25, prompt_cache_hit_tokens: 1 },
    system_fingerprint: 'fp',
    service_tier: 'default',
    web_search: [{ link: 'https://a.example.com' }],
    base_resp: { status_code: 0, status_msg: '' },
    tomorrow: { a: 1.0 },
  },
  null,
  1,
)

const events = [
  delta({ role: 'assistant', content: null, reasoning_content: '想' }, null, { logprobs }),
  delta({ content: '你好', annotations: [], tomorrow: 1 }),
  delta({ audio: { id: 'audio_1', data: 'UklG', transcript: 'x' } }),
  delta({ audio: { data: 'Rg==', expires_at: 1 } }),
  delta({
    tool_calls: [
      { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' }, extra_content: { a: 1 } },
    ],
  }),
  delta({ tool_calls: [{ index: 0, function: { arguments: '{"x":1}' } }] }),
  event({
    choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls', native_finish_reason: 'TOOL' }],
    system_fingerprint: 'fp',
    service_tier: null,
    obfuscation: 'a1',
    provider: 'p',
    timings: { predicted_n: 2 },
  }),
]

describe('unknown fields', () => {
  test('forwards all fields of a chat request to the provider unchanged', async () => {
    script = json(whole)
    await chat.call(chatFields)
    expect(chat.provider.requests[0]?.body).toEqual({ model: 'm', ...chatFields })
    script = sse(...events, done)
    await (await chat.call({ ...chatFields, stream: true, stream_options: { include_obfuscation: false } })).text()
    expect(chat.provider.requests[1]?.body).toEqual({
      model: 'm',
      ...chatFields,
      stream: true,
      stream_options: { include_obfuscation: false, include_usage: true },
    })
  })

  test('forwards all fields of a completion request to the provider unchanged', async () => {
    script = json({ ...JSON.parse(whole), object: 'text_completion' })
    await completions.call(completionFields)
    expect(completions.provider.requests[0]?.body).toEqual({ model: 'm', ...completionFields })
  })

  test('forwards a whole response to the client byte for byte', async () => {
    script = json(whole)
    expect(await (await chat.call({})).text()).toBe(whole)
    typed.push({ name: 'whole', type: 'OpenAI.ChatCompletion', value: JSON.parse(whole) })
  })

  test('forwards a stream to the client byte for byte', async () => {
    script = sse(...events, event({ choices: [], usage }), done)
    expect(await (await chat.call({ stream: true })).text()).toBe(events.join('') + done)
  })

  test.each([0, 0x7f, 0x4e2d, 0xd83d, 0x2028])(
    'keeps a character of code %i unchanged in both directions',
    async (code) => {
      const content = String.fromCodePoint(code === 0xd83d ? 0x1f642 : code).repeat(3)
      script = sse(delta({ content }, 'stop'))
      const stream = readStream(await (await chat.call({ stream: true, messages: [{ role: 'user', content }] })).text())
      expect(stream.text).toBe(content)
      expect(chat.provider.requests[0]?.body['messages']).toEqual([{ role: 'user', content }])
    },
  )
})

describe('a stream', () => {
  test('sends the headers that stop proxies from buffering', async () => {
    script = sse(delta({ content: 'a' }, 'stop'))
    const { headers } = await chat.call({ stream: true })
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'transfer-encoding': 'chunked',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': expect.stringContaining('x-request-id'),
      'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
    })
    expect([headers.get('content-length'), headers.get('content-encoding')]).toEqual([null, null])
  })

  test.each(['text/event-stream', 'application/json', '*/*'])(
    'depends on the body only, not on the accept header: %s',
    async (accept) => {
      script = sse(delta({ content: 'a' }, 'stop'))
      const { headers } = await chat.call({ stream: true }, { headers: { accept } })
      expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
      script = json(whole)
      const reply = await chat.call({}, { headers: { accept } })
      expect(reply.headers.get('content-type')).toBe('application/json')
      await reply.text()
    },
  )

  test('keeps one id, time and model name although the provider changes them', async () => {
    script = sse(
      event({ id: '', created: 0, choices: [], prompt_filter_results: [] }),
      ...['a', 'b', 'c'].map((id, index) =>
        event({
          id,
          created: index + 5,
          model: `m-${id}`,
          choices: [{ index: 0, delta: { content: id }, finish_reason: null }],
        }),
      ),
      event({ id: 'z', created: 9, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
      done + done,
    )
    const stream = readStream(await (await chat.call({ stream: true, stream_options: { include_usage: true } })).text())
    expect(new Set(stream.events.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1)
    expect([stream.text, stream.dones, stream.endsWithDone]).toEqual(['abc', 1, true])
  })

  test.each([null, {}, { include_usage: false }, { include_usage: null }])(
    'sends no usage to a client with stream_options %j',
    async (options) => {
      script = sse(
        delta({ content: 'a' }),
        event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage }),
        event({ choices: [], usage }),
        done,
      )
      const body = await (await chat.call({ stream: true, stream_options: options })).text()
      expect(body).not.toContain('usage')
      expect(readStream(body).events.every(({ choices }) => choices?.length === 1)).toBe(true)
    },
  )
})

describe('a response in the wrong mode', () => {
  const asStream = [
    ...events.slice(0, -1),
    event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage }),
    done,
  ]

  test('becomes one document for a client that did not ask for a stream', async () => {
    script = sse(...asStream)
    const value = (await (await chat.call({})).json()) as { choices: [{ message: object; finish_reason: string }] }
    expect(value).toMatchObject({ object: 'chat.completion', usage })
    expect(value.choices[0]).toMatchObject({
      message: {
        role: 'assistant',
        content: '你好',
        reasoning_content: '想',
        audio: { id: 'audio_1', data: 'UklGRg==', expires_at: 1, transcript: 'x' },
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }],
        tomorrow: 1,
      },
      finish_reason: 'tool_calls',
    })
    typed.push({ name: 'put together', type: 'OpenAI.ChatCompletion', value })
  })

  test('becomes one chunk for a client that asked for a stream', async () => {
    script = json(whole)
    const body = await (await chat.call({ stream: true, stream_options: { include_usage: true } })).text()
    const { events: chunks, endsWithDone } = readStream(body)
    expect([chunks.length, endsWithDone, chunks.at(-1)?.choices]).toEqual([2, true, []])
    expect(chunks[0]?.choices?.[0]).toMatchObject({
      delta: { content: '你好', reasoning_content: '想' },
      finish_reason: 'tool_calls',
    })
    typed.push(...chunks.map((value) => ({ name: 'taken apart', type: 'OpenAI.ChatCompletionChunk', value })))
  })
})

describe('a text completion', () => {
  const chunk = (text: string, reason: string | null = null): string =>
    event({ object: 'text_completion', choices: [{ index: 0, text, logprobs: null, finish_reason: reason }] })

  test('forwards a native completion unchanged', async () => {
    const sent = [chunk('你'), chunk('好', 'stop')]
    script = sse(...sent, event({ object: 'text_completion', choices: [], usage }), done)
    expect(await (await completions.call({ stream: true })).text()).toBe(sent.join('') + done)
  })

  test.each(['m', 'c'])(
    'has the object type text_completion, native or through chat, streamed or whole: %s',
    async (model) => {
      const native = { index: 0, text: 'a', logprobs: null, finish_reason: 'stop' }
      const bridged = { index: 0, message: { role: 'assistant', content: 'a' }, finish_reason: 'stop' }
      script = json({ id: 'x', created: 1, model: 'm', choices: [model === 'm' ? native : bridged], usage })
      const value = await (await completions.call({ model })).json()
      expect(value).toMatchObject({ object: 'text_completion', choices: [native], usage })
      typed.push({ name: `completion ${model}`, type: 'OpenAI.Completion', value })

      script = model === 'm' ? sse(chunk('a', 'stop')) : sse(delta({ content: 'a' }), delta({}, 'stop'))
      const {
        events: chunks,
        text,
        endsWithDone,
      } = readStream(
        await (await completions.call({ model, stream: true, stream_options: { include_usage: true } })).text(),
      )
      expect([text, endsWithDone, chunks.at(-1)?.choices]).toEqual(['a', true, []])
      expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(['text_completion']))
      // The types leave out the nulls that every stream of completions sends until its end.
      const widened =
        "Omit<OpenAI.Completion, 'choices' | 'usage'> & { choices: { finish_reason: string | null }[]; usage: OpenAI.CompletionUsage | null }"
      typed.push(...chunks.map((chunked) => ({ name: `a chunk of ${model}`, type: widened, value: chunked })))
    },
  )
})

describe('the model list', () => {
  const get = async (path: string) => (await fetch(models.url + path)).json()

  test('is the same each time', async () => {
    const list = await get('/v1/models')
    expect(await get('/v1/models')).toEqual(list)
    typed.push({ name: 'the model list', type: 'OpenAI.PageResponse<OpenAI.Model>', value: list })
  })

  test.each(['Qwen/Qwen3-8B', '模型:8b'])('finds and calls a model by its name, raw or encoded: %s', async (id) => {
    for (const path of [id, encodeURIComponent(id), encodeURI(id)]) {
      expect(await get(`/v1/models/${path}`)).toMatchObject({ id, object: 'model' })
    }
    script = json(whole)
    expect(await (await chat.call({ model: id })).json()).toMatchObject({ object: 'chat.completion' })
    expect(chat.provider.requests[0]?.body['model']).toBe(id)
  })
})

describe('an error reply', () => {
  const post = (body: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${chat.built.url}/v1/chat/completions`, { method: 'POST', body, ...init })
  const hi = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })

  const answered = (given: Script): Promise<Response> => {
    script = given
    return post(hi)
  }

  test.each([
    ['bad JSON', 400, () => post('{')],
    ['another path', 404, () => fetch(`${chat.built.url}/v1/embeddings`, { method: 'POST' })],
    ['another method', 405, () => fetch(`${chat.built.url}/v1/chat/completions`)],
    ['a compressed body', 415, () => post('x', { headers: { 'content-encoding': 'gzip' } })],
    ['a body that is too large', 413, () => post('x'.repeat(6_291_457))],
    ['an unknown model', 404, () => post(hi.replace('"m"', '"__proto__"'))],
    ['a refusal with a number for a code', 400, () => answered(json({ error: { message: 'no', code: 1214 } }, 400))],
    ['a failure', 502, () => answered(json('', 500))],
  ] as [string, number, () => Promise<Response>][])(
    'for %s has status %i, four keys, a string code and the request id',
    async (name, status, ask) => {
      const reply = await ask()
      const body = (await reply.json()) as { error: { code: unknown }; requestId: string }
      expect([reply.status, reply.headers.get('content-type')]).toEqual([status, 'application/json'])
      expect(Object.keys(body.error).sort()).toEqual(['code', 'message', 'param', 'type'])
      expect(typeof body.error.code).toBe('string')
      expect(body.requestId).toBe(reply.headers.get('x-request-id'))
      expect(reply.headers.get('access-control-allow-origin')).toBe('*')
      typed.push({ name, type: 'OpenAI.ErrorObject', value: body.error })
    },
  )
})

test('sends only replies that match the types of the openai package', () => {
  expect(typed.length).toBeGreaterThan(15)
  expect(findTypeProblems(typed)).toEqual([])
})
