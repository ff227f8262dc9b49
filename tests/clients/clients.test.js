import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { tool as langchainTool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { generateText, stepCountIs, streamText, tool } from 'ai'
import OpenAI6 from 'openai'
import OpenAI4 from 'openai-4'
import { z } from 'zod'

/** Loaded as CommonJS: streams of version 3.7.0's ES module build fail in Node with 'TextDecoder is not a constructor'. */
const cloudbase = createRequire(import.meta.url)('@cloudbase/js-sdk')

/** The clients people use, against the built chat function and a provider that streams text, calls a tool, is cut, or fails. */

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"上海"}' } }

const event = (delta, reason = null) =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`

const streams = {
  text: [event({ content: '你好' }), event({ content: '，世界' }), event({}, 'stop')],
  tool: [event({ tool_calls: [call] }), event({}, 'stop')],
  cut: [event({ content: '你好' })],
}

const messages = {
  text: { role: 'assistant', content: '你好，世界' },
  tool: { role: 'assistant', content: null, tool_calls: [call] },
}

const answer = (body, response) => {
  const said = body.messages.findLast(({ role }) => role === 'user').content
  const text = typeof said === 'string' ? said : said[0].text
  const wish = body.messages.at(-1).role === 'tool' ? 'text' : text
  if (wish === 'busy') {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '9' })
    return response.end(
      JSON.stringify({ error: { message: 'slow down', type: 'requests', code: 'rate_limit_exceeded' } }),
    )
  }
  if (!body.stream) {
    const choices = [{ index: 0, message: messages[wish], finish_reason: 'stop' }]
    return response.end(JSON.stringify({ id: 'c1', object: 'chat.completion', created: 1, model: 'm', choices, usage }))
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(streams[wish].join(''))
  if (wish === 'cut') return response.end()
  return response.end(`data: ${JSON.stringify({ id: 'c1', choices: [], usage })}\n\ndata: [DONE]\n\n`)
}

const provider = createServer((message, response) => {
  const pieces = []
  message.on('data', (piece) => pieces.push(piece))
  message.on('end', () => answer(JSON.parse(Buffer.concat(pieces).toString()), response))
})

let gateway
let baseURL

before(async () => {
  provider.listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const spare = createServer().listen(0, '127.0.0.1')
  await once(spare, 'listening')
  const { port } = spare.address()
  spare.close()
  const map = { m: { provider: 'openai', api_base: `http://127.0.0.1:${provider.address().port}/v1` } }
  gateway = spawn(process.execPath, ['index.js'], {
    cwd: new URL('../../dist/functions/llm-chat-completions', import.meta.url),
    env: {
      HOST: '127.0.0.1',
      PORT: String(port),
      DISABLE_AUTH: 'true',
      ALLOW_PRIVATE_UPSTREAMS: 'true',
      MODEL_PROVIDER_MAP: JSON.stringify(map),
    },
    stdio: 'ignore',
  })
  baseURL = `http://127.0.0.1:${port}/v1`
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await fetch(baseURL, { method: 'OPTIONS' }).catch(() => undefined)) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('the function did not start: run npm run build first')
})

after(() => {
  gateway.kill()
  provider.closeAllConnections()
  provider.close()
})

const said = (content) => ({ model: 'm', messages: [{ role: 'user', content }] })

for (const [name, OpenAI] of Object.entries({ 'openai 6': OpenAI6, 'openai 4': OpenAI4 })) {
  describe(name, () => {
    const client = () => new OpenAI({ apiKey: 'token', baseURL, maxRetries: 0 })

    test('reads a whole answer', async () => {
      const { choices, usage: stated, _request_id: id } = await client().chat.completions.create(said('text'))
      assert.equal(choices[0].message.content, '你好，世界')
      assert.equal(stated.total_tokens, 5)
      assert.match(id, /^[\da-f-]{36}$/)
    })

    test('reads a stream, with usage last when it asks', async () => {
      const options = { ...said('text'), stream: true, stream_options: { include_usage: true } }
      const chunks = []
      for await (const chunk of await client().chat.completions.create(options)) chunks.push(chunk)
      assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), '你好，世界')
      assert.deepEqual(chunks.at(-1).usage, usage)
      assert.deepEqual(chunks.at(-1).choices, [])
    })

    test('throws on a stream that is cut', async () => {
      const reading = async () => {
        for await (const _chunk of await client().chat.completions.create({ ...said('cut'), stream: true }));
      }
      await assert.rejects(reading, /broke its answer off/)
    })

    test('sees a busy provider as RateLimitError, with its code and wait', async () => {
      await assert.rejects(client().chat.completions.create(said('busy')), (error) => {
        assert.ok(error instanceof OpenAI.RateLimitError)
        const wait = error.headers.get?.('retry-after') ?? error.headers['retry-after']
        assert.deepEqual([error.code, wait], ['rate_limit_exceeded', '9'])
        return true
      })
    })
  })
}

describe('ai with @ai-sdk/openai-compatible', () => {
  const model = () => createOpenAICompatible({ name: 'gateway', baseURL, apiKey: 'token', includeUsage: true })('m')
  const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: ({ city }) => `sunny in ${city}` })

  test('reads a whole answer', async () => {
    const { text, usage: stated } = await generateText({ model: model(), prompt: 'text' })
    assert.deepEqual([text, stated.totalTokens], ['你好，世界', 5])
  })

  test('streams, and runs the tool that the model calls', async () => {
    const result = streamText({ model: model(), prompt: 'tool', tools: { weather }, stopWhen: stepCountIs(3) })
    assert.equal(await result.text, '你好，世界')
    assert.equal((await result.steps)[0].toolResults[0].output, 'sunny in 上海')
  })

  test('reports a stream that is cut', async () => {
    const errors = []
    const result = streamText({ model: model(), prompt: 'cut', onError: ({ error }) => errors.push(error) })
    await result.consumeStream()
    assert.equal(errors.length, 1)
  })
})

describe('@langchain/openai', () => {
  const model = () => new ChatOpenAI({ model: 'm', apiKey: 'token', configuration: { baseURL }, maxRetries: 0 })

  test('reads a whole answer', async () => {
    const { content, usage_metadata: stated } = await model().invoke('text')
    assert.deepEqual([content, stated.total_tokens], ['你好，世界', 5])
  })

  test('streams', async () => {
    let text = ''
    for await (const chunk of await model().stream('text')) text += chunk.content
    assert.equal(text, '你好，世界')
  })

  test('sees the tool call', async () => {
    const weather = langchainTool(() => 'sunny', { name: 'weather', schema: z.object({ city: z.string() }) })
    const { tool_calls: calls } = await model().bindTools([weather]).invoke('tool')
    assert.deepEqual(
      calls.map(({ name, args }) => [name, args]),
      [['weather', { city: '上海' }]],
    )
  })

  test('throws on a stream that is cut', async () => {
    await assert.rejects(async () => {
      for await (const _chunk of await model().stream('cut'));
    })
  })
})

describe("@cloudbase/js-sdk's ai module", () => {
  const model = () => {
    const app = cloudbase.init({ env: 'test-env', accessKey: 'token' })
    return app.ai({ baseUrl: baseURL.replace('/v1', '') }).createModel('gateway')
  }

  test('reads a whole answer', async () => {
    const { text, usage: stated } = await model().generateText(said('text'))
    assert.deepEqual([text, stated.total_tokens], ['你好，世界', 5])
  })

  test('streams', async () => {
    const { textStream } = await model().streamText(said('text'))
    let text = ''
    for await (const piece of textStream) text += piece
    assert.equal(text, '你好，世界')
  })

  test('runs the tool that the model calls', async () => {
    const cities = []
    const weather = {
      type: 'function',
      function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
      fn: ({ city }) => cities.push(city) && 'sunny',
    }
    const ai = cloudbase.init({ env: 'test-env', accessKey: 'token' }).ai({ baseUrl: baseURL.replace('/v1', '') })
    ai.registerFunctionTool({ ...weather, name: 'weather' })
    const { textStream } = await ai.createModel('gateway').streamText({ ...said('tool'), tools: [weather] })
    let text = ''
    for await (const piece of textStream) text += piece
    assert.deepEqual([cities, text], [['上海'], '你好，世界'])
  })

  test('reports a stream that is cut', async () => {
    await assert.rejects(async () => {
      const { textStream } = await model().streamText(said('cut'))
      for await (const _piece of textStream);
    }, /choices|map|undefined/)
  })
})
