import { describe, expect, test } from '@jest/globals'
import { rerank } from '../../shared/wires/rerank/rerank.ts'
import { json, type ReceivedRequest, type Script } from '../../testing/stand-ins/provider.ts'
import { type StartedWire, startWire } from '../support/start-wire.ts'

const documents = ['cats purr', 'stocks fell', 'dogs bark']
const results = [
  { index: 1, relevance_score: 0.1 },
  { index: 0, relevance_score: 0.9 },
  { index: 2, relevance_score: 0.5 },
]
const ranking = [results[1], results[2], results[0]]
const usage = { prompt_tokens: 40, total_tokens: 40 }

const start = (
  answer: object | ((request: ReceivedRequest) => Script) = { results, usage },
  entry: object = {},
): Promise<StartedWire> =>
  startWire(['rerank', rerank], typeof answer === 'function' ? (answer as () => Script) : () => json(answer), {
    m: entry,
  })

interface RerankReply {
  readonly status: number
  readonly headers: Headers
  readonly id?: string
  readonly model?: string
  readonly results?: readonly Record<string, unknown>[]
  readonly usage?: Record<string, unknown>
  readonly error?: Record<string, unknown>
}

const post = async ({ url }: StartedWire, body: object = {}): Promise<RerankReply> => {
  const request = { model: 'm', query: 'animals', documents, ...body }
  const reply = await fetch(`${url}/v1/rerank`, { method: 'POST', body: JSON.stringify(request) })
  return { ...((await reply.json()) as object), status: reply.status, headers: reply.headers }
}

describe('a ranking', () => {
  test.each<[string, object]>([
    ['Jina', { model: 'm', results: results.map((one) => ({ ...one, document: { text: 'x' } })), usage }],
    [
      'SiliconFlow',
      {
        id: 's',
        results: results.map((one) => ({ ...one, document: null })),
        meta: { tokens: { input_tokens: 40, output_tokens: 0 } },
      },
    ],
    ['DashScope', { object: 'list', results, usage: { total_tokens: 40 }, id: 'd' }],
    ['DashScope’s own API', { output: { results }, usage: { total_tokens: 40 }, request_id: 'r' }],
    ['Zhipu', { request_id: 'z', results: results.map((one) => ({ ...one, document: 'x' })), usage }],
    [
      'servers that call them data and score',
      { data: results.map(({ index, relevance_score: score }) => ({ index, score })), usage },
    ],
  ])('has Jina’s shape, the best first: %s', async (_, answer) => {
    const started = await start(answer)
    const { status, results: given, usage: counted, model, id, ...rest } = await post(started)
    expect([status, given, model]).toEqual([200, ranking, 'm'])
    expect(id).toMatch(/\S/)
    expect(counted).toMatchObject({ prompt_tokens: 40, total_tokens: 40 })
    expect(Object.keys(rest).filter((field) => !['headers', 'object'].includes(field))).toEqual([])
    expect(started.records[0]).toMatchObject({ points: 40, metadata: { endpoint: 'rerank', units: { input: 40 } } })
  })

  test('holds the documents only if the client asks for them, each as the client sent it', async () => {
    const started = await start()
    const { results: given } = await post(started, {
      documents: ['猫', { text: '股市' }, '狗'],
      return_documents: true,
    })
    expect(given?.map(({ document }) => document)).toEqual([{ text: '猫' }, { text: '狗' }, { text: '股市' }])
    expect(started.provider.requests[0]?.body).toMatchObject({
      documents: ['猫', '股市', '狗'],
      return_documents: false,
    })
  })

  test('has at most top_n results, also if the provider sends more', async () => {
    const started = await start()
    expect((await post(started, { top_n: 2 })).results).toEqual(ranking.slice(0, 2))
    expect((await post(started, { top_n: 99 })).results).toEqual(ranking)
    expect(started.provider.requests.map(({ body }) => body['top_n'])).toEqual([2, 3])
  })

  test('keeps scores as they are, below zero and above one', async () => {
    const raw = [
      { index: 0, relevance_score: -7.5 },
      { index: 1, relevance_score: 3.25 },
    ]
    expect((await post(await start({ results: raw, usage }))).results).toEqual([raw[1], raw[0]])
  })
})

describe('the request', () => {
  test.each([
    ['openai', '/v1', '/v1/rerank', 'instruction'],
    ['siliconflow', '/v1', '/v1/rerank', 'instruction'],
    ['zhipu', '/api/paas/v4', '/api/paas/v4/rerank', 'instruction'],
    ['qwen', '/compatible-mode/v1', '/compatible-api/v1/reranks', 'instruct'],
    ['openai', '/compatible-mode/v1/', '/compatible-api/v1/reranks', 'instruct'],
    ['dashscope', '/compatible-api/v1', '/compatible-api/v1/reranks', 'instruct'],
  ])('goes to the address of %s at %s, with its fields', async (provider, base, path, field) => {
    const { provider: vendor } = await start()
    const entry = { provider, api_base: `${vendor.url}${base}`, upstream_model: 'vendor-rerank' }
    await post(await start({}, entry), { instruction: 'find animals', max_chunks_per_doc: 4 })
    const [request] = vendor.requests
    expect(request?.path).toBe(path)
    expect(request?.headers.authorization).toBe('Bearer sk-provider-key')
    expect(request?.body).toEqual({
      ...{ model: 'vendor-rerank', query: 'animals', documents, return_documents: false },
      ...{ [field]: 'find animals', max_chunks_per_doc: 4 },
    })
  })

  test.each([
    [{ query: undefined }, 'missing_required_parameter', 'query'],
    [{ query: '' }, 'invalid_value', 'query'],
    [{ query: ['a'] }, 'invalid_value', 'query'],
    [{ documents: undefined }, 'missing_required_parameter', 'documents'],
    [{ documents: [] }, 'invalid_value', 'documents'],
    [{ documents: 'a' }, 'invalid_value', 'documents'],
    [{ documents: ['a', ''] }, 'invalid_value', 'documents[1]'],
    [{ documents: ['a', 7] }, 'invalid_value', 'documents[1]'],
    [{ documents: [{ image: 'x' }] }, 'invalid_value', 'documents[0]'],
    [{ documents: [{ text: 7 }] }, 'invalid_value', 'documents[0]'],
    [{ top_n: 0 }, 'invalid_value', 'top_n'],
    [{ return_documents: 'yes' }, 'invalid_value', 'return_documents'],
    [{ stream: true }, 'unsupported_parameter', 'stream'],
  ])('is refused with what to do, before the provider is called: %j', async (body, code, param) => {
    const started = await start()
    const { status, error } = await post(started, body)
    expect([status, error?.['code'], error?.['param']]).toEqual([400, code, param])
    expect(started.provider.requests).toEqual([])
  })
})

describe('usage', () => {
  test('is estimated if the provider states none: the query for each document, and the documents', async () => {
    const started = await start({ results })
    const query = 'one two three four five six seven eight'
    await post(started, { query, documents })
    await post(started, { query, documents: [documents.join(' ')] })
    const [each, joined] = started.records.map(({ usage: { prompt_tokens } }) => prompt_tokens)
    expect(started.records[0]?.metadata).toMatchObject({ estimated: true })
    expect(each).toBeGreaterThan((joined ?? 0) + 12)
  })

  test('names the searches of a provider that bills by them', async () => {
    const started = await start({ results, meta: { billed_units: { search_units: 2 } } })
    await post(started)
    expect(started.records[0]?.metadata).toMatchObject({ estimated: true, units: { search: 2 } })
    expect(started.records[0]?.points).toBeGreaterThan(0)
  })

  test('charges its searches at the price of the entry (R196)', async () => {
    const prices = { input_price_per_1m: '0', search_price_per_1k: '70' }
    const started = await start({ results, meta: { billed_units: { search_units: 2 } } }, prices)
    await post(started)
    expect(started.records).toMatchObject([{ points: 70, metadata: { cost_cny: '0.14', units: { search: 2 } } }])
  })
})

describe('a response that is no ranking', () => {
  test.each([
    ['none', []],
    ['a document that was not sent', [{ index: 3, relevance_score: 1 }]],
    ['a document twice', [results[0], results[0]]],
    ['no score', [{ index: 0 }]],
    ['a word', ['best']],
  ])('is a 502 that clients do not repeat: %s', async (_, given) => {
    const started = await start({ results: given, usage })
    const { status, headers } = await post(started)
    expect([status, headers.get('x-should-retry')]).toEqual([502, 'false'])
    expect(started.records[0]).toMatchObject({ points: 40 })
  })

  test('is an error in the provider’s words if it says one', async () => {
    const started = await start({ code: 'InvalidParameter', message: 'too many documents' })
    const { status, error } = await post(started)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(error?.['message']).toContain('too many documents')
    expect(started.records).toEqual([])
  })
})
