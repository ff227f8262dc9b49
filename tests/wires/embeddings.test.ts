import { describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { embeddings } from '../../shared/wires/embeddings/embeddings.ts'
import { json, type ReceivedRequest, type Script } from '../../testing/stand-ins/provider.ts'
import { type StartedWire, startWire } from '../support/start-wire.ts'

const dimensions = 3

/** The vector of an input: exact as 32-bit floats, another for each text. */
const toVector = (input: unknown, length = dimensions): number[] =>
  Array.from({ length }, (_, index) => JSON.stringify(input).length + index / 4)

const toBase64 = (vector: readonly number[]): string => {
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  for (const [index, number] of vector.entries()) view.setFloat32(index * 4, number, true)
  return Buffer.from(view.buffer).toString('base64')
}

const listInputs = ({ body: { input } }: ReceivedRequest): unknown[] => {
  const isOne = typeof input === 'string' || (Array.isArray(input) && typeof input[0] === 'number')
  return isOne ? [input] : (input as unknown[])
}

const usageFor = (inputs: readonly unknown[]) => ({ prompt_tokens: inputs.length * 5, total_tokens: inputs.length * 5 })

interface Answer {
  readonly encode?: (vector: number[]) => unknown
  readonly length?: number
  readonly fields?: object
  /** Changes the items of a response. */
  readonly arrange?: (items: object[]) => unknown[]
}

/** The response of a provider. */
const answering =
  ({ encode = (vector) => vector, length, fields, arrange = (items) => items }: Answer = {}) =>
  (request: ReceivedRequest): Script => {
    const inputs = listInputs(request)
    const items = inputs.map((input, index) => ({
      object: 'embedding',
      index,
      embedding: encode(toVector(input, length)),
    }))
    return json({ object: 'list', model: 'm', data: arrange(items), usage: usageFor(inputs), ...fields })
  }

const start = (
  answer: Answer | ((request: ReceivedRequest) => Script) = {},
  entry: object = {},
): Promise<StartedWire> =>
  startWire(['embeddings', embeddings], typeof answer === 'function' ? answer : answering(answer), { m: entry })

const post = async ({ url }: StartedWire, body: object): Promise<{ status: number; body: Record<string, unknown> }> => {
  const reply = await fetch(`${url}/v1/embeddings`, { method: 'POST', body: JSON.stringify({ model: 'm', ...body }) })
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
}

/** Creates embeddings that must fail. */
const fail = async ({ client }: StartedWire, body: object): Promise<InstanceType<typeof OpenAI.APIError>> => {
  const error = await client.embeddings.create({ model: 'm', input: 'hi', ...body }).catch((thrown: unknown) => thrown)
  if (error instanceof OpenAI.APIError) return error
  throw new TypeError('the call has not failed')
}

describe('vectors', () => {
  test.each([
    ['numbers', {}],
    ['base64', { encode: toBase64 }],
  ])('reach the official client, which asks for base64 by default, if the provider sends %s', async (_, answer) => {
    const started = await start(answer)
    const { data } = await started.client.embeddings.create({ model: 'm', input: ['a', '中文'] })
    expect(data.map(({ embedding }) => embedding)).toEqual([toVector('a'), toVector('中文')])
    expect(started.provider.requests[0]?.body['encoding_format']).toBe('float')
    expect(started.provider.requests[0]?.path).toBe('/v1/embeddings')
  })

  test.each([
    ['numbers', {}],
    ['base64', { encode: toBase64 }],
  ])('are numbers for a client that asks for them, or for nothing, if the provider sends %s', async (_, answer) => {
    const started = await start(answer)
    for (const encoding of [{ encoding_format: 'float' }, {}, { encoding_format: null }]) {
      const { body } = await post(started, { input: 'hello', ...encoding })
      expect(body).toEqual({
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: toVector('hello') }],
        model: 'm',
        usage: { prompt_tokens: 5, completion_tokens: 0, total_tokens: 5 },
      })
    }
  })

  test('are little-endian 32-bit floats in base64', async () => {
    const { body } = await post(await start({ encode: () => [0.1, -2.5] }), { input: 'a', encoding_format: 'base64' })
    expect(body['data']).toMatchObject([{ embedding: Buffer.from('cdcccc3d000020c0', 'hex').toString('base64') }])
  })

  test('are asked for as the entry says', async () => {
    const started = await start({ encode: toBase64 }, { default_params: { encoding_format: 'base64' } })
    const { data } = await started.client.embeddings.create({ model: 'm', input: 'a', encoding_format: 'float' })
    expect(data[0]?.embedding).toEqual(toVector('a'))
    expect(started.provider.requests[0]?.body['encoding_format']).toBe('base64')
    const dropping = await start({}, { drop_params: ['encoding_format', 'dimensions'] })
    await dropping.client.embeddings.create({ model: 'm', input: 'a', dimensions })
    expect(dropping.provider.requests[0]?.body).toEqual({ model: 'm', input: 'a' })
  })

  test('are in the order of the inputs, whatever the order and the indexes of the provider', async () => {
    const texts = ['a', 'bb', 'ccc']
    const expected = texts.map((text) => toVector(text))
    const arrangements: ((items: object[]) => unknown[])[] = [
      (items) => items.reverse(),
      (items) => items.map((item) => ({ ...item, index: 0 })),
      (items) => items.map((item) => ({ ...item, index: undefined })),
    ]
    for (const arrange of arrangements) {
      const { data } = await (await start({ arrange })).client.embeddings.create({ model: 'm', input: texts })
      expect(data.map(({ index, embedding }) => [index, embedding])).toEqual(expected.map((one, index) => [index, one]))
    }
  })

  test('keep the fields that OpenAI does not know, and name the model as the client does', async () => {
    const started = await start({ fields: { model: 'vendor/m-2', id: 'x' } }, { upstream_model: 'vendor/m-2' })
    const { body } = await post(started, { input: 'a', input_type: 'query' })
    expect(body).toMatchObject({ model: 'm', id: 'x' })
    expect(started.provider.requests[0]?.body).toMatchObject({ model: 'vendor/m-2', input_type: 'query' })
  })
})

describe('inputs', () => {
  test.each([
    ['a text', 'hi', 1],
    ['texts', ['hi', 'ho'], 2],
    ['tokens', [1, 2, 3], 1],
    ['lists of tokens', [[1, 2], [3]], 2],
  ])('go to the provider as they are: %s', async (_, input, count) => {
    const started = await start()
    const { body } = await post(started, { input })
    expect(started.provider.requests[0]?.body['input']).toEqual(input)
    expect(body['data']).toHaveLength(count)
  })

  test.each([
    [undefined, 'missing_required_parameter', 'input'],
    ['', 'invalid_value', 'input'],
    [[], 'invalid_value', 'input'],
    [['a', ''], 'invalid_value', 'input[1]'],
    [[[1], []], 'invalid_value', 'input[1]'],
    [null, 'invalid_value', 'input'],
    [7, 'invalid_value', 'input'],
    [{ text: 'a' }, 'invalid_value', 'input'],
    [['a', 1], 'invalid_value', 'input'],
    [[1.5], 'invalid_value', 'input'],
    [[-1], 'invalid_value', 'input'],
  ])('are refused with what to do, before the provider is called: %j', async (input, code, param) => {
    const started = await start()
    const { status, body } = await post(started, { input })
    expect(status).toBe(400)
    expect(body['error']).toMatchObject({ code, param, message: expect.stringMatching(/input.*(must|at most)/) })
    expect(started.provider.requests).toEqual([])
    expect(started.records).toEqual([])
  })

  test('are at most 2,048 in one request', async () => {
    const started = await start()
    const { status, body } = await post(started, { input: Array.from({ length: 2_049 }, () => 'a') })
    expect({ status, ...body }).toMatchObject({
      status: 400,
      error: { message: expect.stringContaining('at most 2048') },
    })
    expect((await post(started, { input: Array.from({ length: 2_048 }, () => 'a') })).status).toBe(200)
  })

  test.each([
    [{ dimensions: 0 }, 'invalid_value', 'dimensions'],
    [{ dimensions: '256' }, 'invalid_value', 'dimensions'],
    [{ encoding_format: 'int8' }, 'invalid_value', 'encoding_format'],
    [{ stream: true }, 'unsupported_parameter', 'stream'],
  ])('come with valid fields only: %j', async (fields, code, param) => {
    const started = await start()
    const { status, body } = await post(started, { input: 'a', ...fields })
    expect({ status, ...body }).toMatchObject({ status: 400, error: { code, param } })
    expect(started.provider.requests).toEqual([])
  })

  test('reach the provider under one spelling of their field', async () => {
    const started = await start()
    await post(started, { input: 'short', Input: 'a text that the gateway has not counted', DIMENSIONS: 9 })
    expect(started.provider.requests[0]?.body).toEqual({ model: 'm', input: 'short', encoding_format: 'float' })
  })

  test('are texts for providers that take no tokens, with the setting of LangChain in the error', async () => {
    const started = await start({}, { provider: 'qwen' })
    const error = await fail(started, { input: [[1, 2]] })
    expect([error.status, error.code, error.param]).toEqual([400, 'invalid_value', 'input'])
    expect(error.message).toContain('check_embedding_ctx_length=False')
    expect(started.provider.requests).toEqual([])
    await started.client.embeddings.create({ model: 'm', input: 'text' })
    expect(started.provider.requests).toHaveLength(1)
  })
})

describe('batches', () => {
  const texts = Array.from({ length: 23 }, (_, index) => 'x'.repeat(index + 1))

  test('have at most max_batch inputs, and the client gets one reply and pays once', async () => {
    const started = await start({}, { max_batch: 10 })
    const { data, usage } = await started.client.embeddings.create({ model: 'm', input: texts })
    const sizes = started.provider.requests.map((request) => listInputs(request).length)
    expect(sizes.sort((one, other) => other - one)).toEqual([10, 10, 3])
    expect(data.map(({ embedding }) => embedding)).toEqual(texts.map((text) => toVector(text)))
    expect(data.map(({ index }) => index)).toEqual(texts.map((_, index) => index))
    expect(usage).toMatchObject({ prompt_tokens: 115, total_tokens: 115 })
    expect(started.records).toHaveLength(1)
    expect(started.records[0]).toMatchObject({ usage: { total_tokens: 115 }, points: 115 })
  })

  test('are one request if the entry sets no max_batch, or if they fit', async () => {
    for (const entry of [{}, { max_batch: 23 }]) {
      const started = await start({}, entry)
      await started.client.embeddings.create({ model: 'm', input: texts })
      expect(started.provider.requests).toHaveLength(1)
    }
  })

  test('run four at a time', async () => {
    let running = 0
    let most = 0
    const started = await start(
      (request) => {
        running += 1
        most = Math.max(most, running)
        const { body } = answering()(request)
        const leave = (): Promise<void> =>
          new Promise((resolve) =>
            setTimeout(() => {
              running -= 1
              resolve()
            }, 20),
          )
        return { body: [leave, ...(body as string[])] }
      },
      { max_batch: 2 },
    )
    await started.client.embeddings.create({ model: 'm', input: texts })
    expect(started.provider.requests).toHaveLength(12)
    expect(most).toBe(4)
  })

  test('fail as a whole, begin no more, and charge for those that succeeded', async () => {
    const answer = answering()
    const started = await start(
      (request) =>
        listInputs(request).includes(texts[2])
          ? json({ error: { message: 'the input is too long', type: 'invalid_request_error' } }, 400)
          : answer(request),
      { max_batch: 2 },
    )
    const error = await fail(started, { input: texts })
    expect(error.status).toBe(400)
    expect(error.headers?.get('x-should-retry')).toBe('false')
    expect(started.provider.requests).toHaveLength(4)
    expect(started.records).toHaveLength(1)
    expect(started.records[0]).toMatchObject({
      points: 30,
      usage: { total_tokens: 30 },
      metadata: { estimated: false },
    })
  })
})

describe('usage', () => {
  test('is input only, whatever the provider calls it', async () => {
    const fields = { usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 } }
    const started = await start({ fields }, { input_price_per_1m: '1000', output_price_per_1m: '9999' })
    await started.client.embeddings.create({ model: 'm', input: 'a' })
    const [record] = started.records
    expect(record?.usage).toEqual({ prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 })
    expect(record?.metadata).toMatchObject({ endpoint: 'embeddings', units: { input: 9 }, cost_cny: '0.009' })
    expect(record?.metadata['units']).toEqual({ input: 9 })
  })

  test.each([undefined, null, {}, { prompt_tokens: 0, total_tokens: 0 }, { prompt_tokens: -1 }])(
    'is estimated and marked if the provider states %j',
    async (usage) => {
      const started = await start({ fields: { usage } })
      const reply = await started.client.embeddings.create({ model: 'm', input: ['Hello, world', '你好世界'] })
      const [record] = started.records
      expect(record?.metadata).toMatchObject({ estimated: true, outcome: 'complete' })
      expect(record?.usage).toMatchObject({ completion_tokens: 0 })
      expect(record?.points).toBeGreaterThan(3)
      expect(record?.points).toBeLessThan(20)
      expect(reply.usage).toMatchObject({ ...record?.usage, estimated: true })
    },
  )

  test('counts tokens that were sent exactly', async () => {
    const started = await start({ fields: { usage: undefined } })
    await post(started, { input: [[1, 2, 3], [4]] })
    expect(started.records[0]).toMatchObject({ usage: { prompt_tokens: 4 }, points: 4 })
  })

  test('is estimated for a failure after a batch whose usage is unknown', async () => {
    const started = await start(
      (request) =>
        listInputs(request).includes('bad')
          ? json({ error: { message: 'broken' } }, 500)
          : answering({ fields: { usage: undefined } })(request),
      { max_batch: 1 },
    )
    await fail(started, { input: ['a text', 'bad'] })
    expect(started.records[0]).toMatchObject({ metadata: { estimated: true } })
    expect(started.records[0]?.points).toBeGreaterThan(0)
  })

  test('is not recorded if the provider refuses the call', async () => {
    const started = await start(() => json({ error: { message: 'no such model', code: 'model_not_found' } }, 404))
    expect((await fail(started, {})).status).toBe(404)
    expect(started.records).toEqual([])
  })
})

test.each([
  [404, { error: { message: 'Unknown request URL: POST /v1/embeddings.', code: 'unknown_url' } }],
  [404, { detail: 'Not Found' }],
  [405, {}],
])('a provider without embeddings is a model that does not do them: %i %j', async (status, answer) => {
  const started = await start(() => json(answer, status))
  const error = await fail(started, {})
  expect([error.status, error.code, error.param]).toEqual([404, 'model_not_found', 'model'])
  expect(error.message).toMatch(/'m' does not do embeddings. Choose another model/)
  expect(started.records).toEqual([])
})

test('a provider without the model says so in its own words', async () => {
  const error = await fail(await start(() => json({ error: { message: 'The model m-2 does not exist.' } }, 404)), {})
  expect(error.status).toBe(404)
  expect(error.message).toContain('m-2 does not exist')
})

describe('a response that is not what was asked for', () => {
  test('is an error that names the dimensions, and is paid', async () => {
    const started = await start({ length: 5 })
    const error = await fail(started, { dimensions: 3 })
    expect([error.status, error.code, error.param]).toEqual([400, 'invalid_value', 'dimensions'])
    expect(error.message).toMatch(/5 dimensions.*asked for 3/)
    expect(error.headers?.get('x-should-retry')).toBe('false')
    expect(started.records[0]).toMatchObject({ points: 5 })
    await started.client.embeddings.create({ model: 'm', input: 'a', dimensions: 5 })
  })

  test.each<[string, Answer]>([
    ['too few vectors', { arrange: ([first]) => [first] }],
    ['too many vectors', { arrange: (items) => [...items, ...items] }],
    ['no vectors', { arrange: () => [] }],
    ['items that are no objects', { arrange: (items) => items.map(() => 7) }],
    ['vectors of different lengths', { arrange: ([first]) => [first, { index: 1, embedding: [1] }] }],
    ['an empty vector', { encode: () => [] }],
    ['no vector', { encode: () => null }],
    ['a vector with holes', { encode: () => [1, null] }],
    ['base64 of half a number', { encode: () => Buffer.from('12345').toString('base64') }],
  ])('is a 502 that clients do not repeat: %s', async (_, answer) => {
    const started = await start(answer)
    const error = await fail(started, { input: ['a', 'b'] })
    expect([error.status, error.code]).toEqual([502, 'upstream_error'])
    expect(error.headers?.get('x-should-retry')).toBe('false')
    expect(started.records).toHaveLength(1)
  })

  test.each([
    ['a chat', json({ choices: [{ message: { content: 'hi' } }] }), 502],
    ['an error of status 200', json({ error: { message: 'rate limit exceeded', code: 'rate_limit_exceeded' } }), 429],
    ['a page', { headers: { 'content-type': 'text/html' }, body: ['<html>hi</html>'] }, 502],
  ])('is no vector at all: %s', async (_, script, status) => {
    expect((await fail(await start(() => script), {})).status).toBe(status)
  })
})

test('targets are switched as for chat', async () => {
  const answer = answering()
  const started = await startWire(
    ['embeddings', embeddings],
    (request) => (request.body['model'] === 'down' ? json({ error: { message: 'overloaded' } }, 503) : answer(request)),
    { m: { targets: [{ upstream_model: 'down' }, { upstream_model: 'up', weight: 0 }] } },
  )
  const { data } = await started.client.embeddings.create({ model: 'm', input: 'a' })
  expect(data[0]?.embedding).toEqual(toVector('a'))
  expect(started.records[0]?.metadata['attempts']).toMatchObject([{ status: 503 }, { status: 200 }])
})

test('the caps of an entry hold', async () => {
  const entry = { system_prompt: 'You are a cat.', allowed_params: [], max_prompt_tokens: 20 }
  const started = await start({}, entry)
  await started.client.embeddings.create({ model: 'm', input: 'a', user: 'u' })
  expect(started.provider.requests[0]?.text).not.toContain('cat')
  expect((await fail(started, { dimensions: 3 })).code).toBe('unsupported_parameter')
  const long = await fail(started, { input: 'word '.repeat(50) })
  expect([long.code, long.param]).toEqual(['context_length_exceeded', 'input'])
})
