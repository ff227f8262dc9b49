import { strict as assert } from 'node:assert'
import { after, before, describe, test } from 'node:test'
import OpenAI6 from 'openai'
import OpenAI4 from 'openai-4'
import OpenAI7 from 'openai-7'
import { longText, said, startGateway, tinyPng } from './gateway.js'
import { usage } from './provider.js'

/** The official client, in the majors people use, against the local gateway. */

let gateway

before(async () => {
  gateway = await startGateway()
})

after(() => gateway.close())

/** What a provider answers, and what the client makes of it. */
const failures = [
  [400, 'BadRequestError', 400, 'context_length_exceeded'],
  [401, 'InternalServerError', 502, 'upstream_auth'],
  [402, 'InternalServerError', 503, 'upstream_quota'],
  [403, 'InternalServerError', 502, 'upstream_auth'],
  [404, 'NotFoundError', 404, 'their_code'],
  [409, 'ConflictError', 409, 'their_code'],
  [413, 'APIError', 413, 'their_code'],
  [422, 'UnprocessableEntityError', 422, 'their_code'],
  [429, 'RateLimitError', 429, 'their_code'],
  [500, 'InternalServerError', 502, 'upstream_error'],
  [503, 'InternalServerError', 503, 'upstream_error'],
]

const weather = (cities) => ({
  type: 'function',
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    parse: JSON.parse,
    function: ({ city }) => cities.push(city) && 'sunny',
  },
})

for (const [name, OpenAI] of Object.entries({ 'openai 4': OpenAI4, 'openai 6': OpenAI6, 'openai 7': OpenAI7 })) {
  describe(name, () => {
    const client = (options) => new OpenAI({ apiKey: 'token', baseURL: gateway.baseURL, maxRetries: 0, ...options })
    const create = (...[body, ...rest]) => client().chat.completions.create(body, ...rest)
    const helpers = () => (OpenAI === OpenAI4 ? client().beta : client()).chat.completions

    test('reads a whole reply and its request id', async () => {
      const { choices, usage: stated, _request_id: id } = await create(said('text'))
      assert.equal(choices[0].message.content, '你好，世界')
      assert.equal(stated.total_tokens, 5)
      assert.match(id, /^[\da-f-]{36}$/)
    })

    test('reads a stream, with usage in the last chunk only if it asks for it', async () => {
      for (const options of [{ stream_options: { include_usage: true } }, {}]) {
        const chunks = []
        for await (const chunk of await create({ ...said('text'), stream: true, ...options })) chunks.push(chunk)
        assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), '你好，世界')
        assert.equal(new Set(chunks.map(({ id }) => id)).size, 1)
        const asked = 'stream_options' in options
        assert.deepEqual(chunks.at(-1).usage, asked ? usage : undefined)
        assert.equal(chunks.filter((chunk) => chunk.choices.length === 0).length, asked ? 1 : 0)
      }
    })

    test('reads the reasoning of a model beside its text', async () => {
      let thought = ''
      for await (const { choices } of await create({ ...said('think'), stream: true })) {
        thought += choices[0].delta.reasoning_content ?? ''
      }
      assert.equal(thought, '想一想')
      assert.equal((await create(said('think'))).choices[0].message.reasoning_content, '想一想')
    })

    test('collects a stream with its own helper', async () => {
      const pieces = []
      const body = { ...said('text'), stream_options: { include_usage: true } }
      const running = helpers()
        .stream(body)
        .on('content', (piece) => pieces.push(piece))
      const { choices, usage: stated } = await running.finalChatCompletion()
      assert.deepEqual([pieces.join(''), choices[0].message.content], ['你好，世界', '你好，世界'])
      assert.deepEqual(stated, usage)
    })

    for (const stream of [false, true]) {
      test(`runs the tools that the model calls, also two at once; stream: ${stream}`, async () => {
        for (const [question, called] of [
          ['tool', ['上海']],
          ['tools', ['上海', '北京']],
        ]) {
          const cities = []
          const runner = helpers().runTools({ ...said(question), stream, tools: [weather(cities)] })
          assert.equal(await runner.finalContent(), '你好，世界')
          assert.deepEqual(cities, called)
          const sent = gateway.requests.at(-1).body.messages
          assert.deepEqual(
            sent.filter(({ role }) => role === 'tool').map((message) => message.tool_call_id),
            ['call_1', 'call_2'].slice(0, called.length),
          )
        }
      })
    }

    test('gets the structured output that it asks for', async () => {
      const schema = { type: 'object', properties: { name: { type: 'string' }, people: { type: 'integer' } } }
      const format = { type: 'json_schema', json_schema: { name: 'city', strict: true, schema } }
      const { choices } = await create({ ...said('json'), response_format: format })
      assert.deepEqual(JSON.parse(choices[0].message.content), { name: '上海', people: 24_870_000 })
      assert.deepEqual(gateway.requests.at(-1).body.response_format, format)
    })

    test('sends pictures, Chinese and 100 KB of text unchanged', async () => {
      const parts = [
        { type: 'text', text: 'echo 图' },
        { type: 'image_url', image_url: { url: tinyPng, detail: 'low' } },
      ]
      assert.equal((await create(said(parts))).choices[0].message.content, `图 ${tinyPng}`)
      let text = ''
      for await (const chunk of await create({ ...said(`echo ${longText}`), stream: true })) {
        text += chunk.choices[0].delta.content ?? ''
      }
      assert.equal(text, longText)
      assert.equal((await create(said(`echo ${longText}`))).choices[0].message.content, longText)
    })

    test('closes the connection to the provider if it aborts', async () => {
      const stream = await create({ ...said('hang'), stream: true })
      for await (const _chunk of stream) stream.controller.abort()
      await gateway.requests.at(-1).closed
      const leaving = new AbortController()
      const asking = create(said('hang'), { signal: leaving.signal })
      const seen = gateway.requests.length
      while (gateway.requests.length === seen) await new Promise((resolve) => setTimeout(resolve, 5))
      leaving.abort()
      await assert.rejects(asking, OpenAI.APIUserAbortError)
      await gateway.requests.at(-1).closed
    })

    test('throws if a stream is cut', async () => {
      const reading = async () => {
        for await (const _chunk of await create({ ...said('cut'), stream: true }));
      }
      await assert.rejects(reading, /broke off its response/)
    })

    for (const [sent, type, status, code] of failures) {
      test(`throws ${type} for a provider's ${sent}, with status, code and request id`, async () => {
        const question = `status ${sent} ${sent === 400 ? code : 'their_code'}`
        for (const stream of [false, true]) {
          await assert.rejects(create({ ...said(question), stream }), (error) => {
            assert.ok(error instanceof OpenAI[type], error.constructor.name)
            assert.deepEqual([error.status, error.code, error.param], [status, code, null])
            assert.match(error.requestID ?? error.request_id, /^[\da-f-]{36}$/)
            const wait = error.headers.get?.('retry-after') ?? error.headers['retry-after']
            assert.equal(wait ?? null, sent === 429 || sent === 503 ? '9' : null)
            return true
          })
        }
      })
    }

    test('repeats no call that the provider may have billed', async () => {
      const seen = gateway.requests.length
      await assert.rejects(client({ maxRetries: 2 }).chat.completions.create(said('status 500 their_code')))
      assert.equal(gateway.requests.length - seen, 1)
    })

    test('throws NotFoundError for an unknown model and names it', async () => {
      await assert.rejects(create({ ...said('text'), model: 'gpt-9' }), (error) => {
        assert.ok(error instanceof OpenAI.NotFoundError)
        assert.deepEqual([error.code, error.param], ['model_not_found', 'model'])
        return true
      })
    })

    test('throws NotFoundError for an endpoint that the gateway lacks, with the endpoints it has', async () => {
      await assert.rejects(client().images.generate({ model: 'm', prompt: 'text' }), (error) => {
        assert.ok(error instanceof OpenAI.NotFoundError)
        assert.equal(error.code, 'unknown_url')
        assert.match(error.message, /^404 There is no such URL for POST\. .*POST \/v1\/chat\/completions/)
        return true
      })
    })

    test('lists models, and finds one whose name has a slash', async () => {
      const ids = []
      for await (const { id } of client().models.list()) ids.push(id)
      assert.deepEqual(ids.sort(), ['Qwen/Qwen3-8B', 'm'])
      assert.equal((await client().models.retrieve('Qwen/Qwen3-8B')).id, 'Qwen/Qwen3-8B')
      assert.equal((await create({ ...said('text'), model: 'Qwen/Qwen3-8B' })).choices.length, 1)
    })

    test('completes text, whole and streamed', async () => {
      const { choices } = await client().completions.create({ model: 'm', prompt: 'abc' })
      assert.equal(choices[0].text, 'ABC')
      let text = ''
      for await (const chunk of await client().completions.create({ model: 'm', prompt: 'abc', stream: true })) {
        text += chunk.choices[0].text
      }
      assert.equal(text, 'ABC')
    })
  })
}
