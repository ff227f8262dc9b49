import { strict as assert } from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { createAnthropic } from '@ai-sdk/anthropic'
import Anthropic from '@anthropic-ai/sdk'
import { ChatAnthropic } from '@langchain/anthropic'
import { HumanMessage } from '@langchain/core/messages'
import { tool as langchainTool } from '@langchain/core/tools'
import { generateText, Output, stepCountIs, streamText, tool } from 'ai'
import { z } from 'zod'
import { longText, startGateway, tinyPng } from './gateway.js'

let gateway
let client

before(async () => {
  gateway = await startGateway()
  client = new Anthropic({ baseURL: gateway.origin, authToken: 'token', apiKey: null, maxRetries: 0 })
})

after(() => gateway.close())

const weather = {
  name: 'weather',
  description: 'The weather of a city.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

const ask = (content, more = {}) => ({ model: 'm', max_tokens: 100, messages: [{ role: 'user', content }], ...more })

const city = z.object({ city: z.string() })

/** What the provider got of the last request after its question. */
const lastTurns = () =>
  gateway.requests
    .at(-1)
    .body.messages.slice(1)
    .map(({ role, reasoning_content: thought, content, tool_calls: calls }) =>
      role === 'tool' ? content : [thought, calls.length],
    )

const thoughtAndResults = [['看一看', 2], 'sunny in 上海', 'sunny in 北京']

const textOf = ({ content }) => content.map((block) => block.text ?? '').join('')

describe('@anthropic-ai/sdk', () => {
  const ways = {
    whole: (body) => client.messages.create(body),
    streamed: (body) => client.messages.stream(body).finalMessage(),
  }

  for (const [how, send] of Object.entries(ways)) {
    test(`reads a text and its usage, ${how}`, async () => {
      const message = await send(ask('text'))
      assert.deepEqual([textOf(message), message.stop_reason, message.role], ['你好，世界', 'end_turn', 'assistant'])
      assert.equal(message.usage.input_tokens + message.usage.output_tokens, 5)
      assert.match(message.id, /^msg_/)
    })

    test(`calls tools and sends their results, ${how}`, async () => {
      const body = ask('tools', { tools: [weather] })
      const message = await send(body)
      const calls = message.content.filter(({ type }) => type === 'tool_use')
      assert.deepEqual(
        [message.stop_reason, calls.map(({ name, input }) => [name, input.city])],
        [
          'tool_use',
          [
            ['weather', '上海'],
            ['weather', '北京'],
          ],
        ],
      )
      const results = calls.map(({ id, input }) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: `sunny in ${input.city}`,
      }))
      const messages = [
        ...body.messages,
        { role: 'assistant', content: message.content },
        { role: 'user', content: results },
      ]
      assert.equal(textOf(await send({ ...body, messages })), '你好，世界')
    })

    test(`reads thoughts before the text, ${how}`, async () => {
      const message = await send(ask('think', { thinking: { type: 'adaptive' } }))
      const [thought, text] = message.content
      assert.deepEqual([thought.type, text.type], ['thinking', 'text'])
      assert.match(thought.signature, /^cbgw1\./)
    })
  }

  test('sends pictures and long texts', async () => {
    const [, media_type, data] = /^data:(.*);base64,(.*)$/.exec(tinyPng)
    const picture = { type: 'image', source: { type: 'base64', media_type, data } }
    const seen = await client.messages.create(ask([{ type: 'text', text: 'echo look' }, picture]))
    assert.equal(textOf(seen), `look ${tinyPng}`)
    assert.ok((await client.messages.create(ask('text', { system: longText }))).id)
  })

  test('counts tokens and lists models', async () => {
    const { input_tokens } = await client.messages.countTokens({ model: 'm', messages: ask('text').messages })
    assert.ok(input_tokens > 0)
    const models = await client.models.list()
    assert.deepEqual(models.data.map(({ id, type }) => [id, type]).sort(), [
      ['Qwen/Qwen3-8B', 'model'],
      ['m', 'model'],
    ])
  })

  test('throws errors of its own kinds, with the id of the request', async () => {
    const error = await client.messages.create({ ...ask('text'), model: 'none' }).catch((thrown) => thrown)
    assert.ok(error instanceof Anthropic.NotFoundError)
    assert.equal(error.error.error.type, 'not_found_error')
    assert.ok(error.requestID)
    await assert.rejects(client.messages.create({ ...ask('text'), max_tokens: undefined }), Anthropic.BadRequestError)
  })
})

describe('ai with @ai-sdk/anthropic', () => {
  const model = () => createAnthropic({ baseURL: gateway.baseURL, authToken: 'token' })('m')
  const thinking = { providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } } } }
  const tools = { weather: tool({ inputSchema: city, execute: ({ city: name }) => `sunny in ${name}` }) }

  test('reads a text, its thoughts and its usage, whole and streamed', async () => {
    const streamed = streamText({ model: model(), prompt: 'think', ...thinking })
    assert.deepEqual([await streamed.text, await streamed.reasoningText], ['好', '想一想'])
    assert.deepEqual([(await streamed.usage).totalTokens, await streamed.finishReason], [5, 'stop'])
    const { text, reasoningText, usage } = await generateText({ model: model(), prompt: 'think', ...thinking })
    assert.deepEqual([text, reasoningText, usage.totalTokens], ['好', '想一想', 5])
  })

  test('runs the tools that the model calls to the end, and sends its thoughts back, whole and streamed', async () => {
    const options = { model: model(), prompt: 'thinkTools', tools, stopWhen: stepCountIs(3), ...thinking }
    const streamed = streamText(options)
    assert.equal(await streamed.text, '你好，世界')
    for (const steps of [await streamed.steps, (await generateText(options)).steps]) {
      assert.deepEqual(
        steps[0].toolResults.map(({ output }) => output),
        ['sunny in 上海', 'sunny in 北京'],
      )
      assert.deepEqual(lastTurns(), thoughtAndResults)
    }
  })

  test('gets structured output', async () => {
    const schema = z.object({ name: z.string(), people: z.number() })
    const { output } = await generateText({ model: model(), prompt: 'json', output: Output.object({ schema }) })
    assert.deepEqual(output, { name: '上海', people: 24_870_000 })
  })

  test('reports that a stream is cut, and throws the status of an error', async () => {
    const errors = []
    const cut = streamText({ model: model(), prompt: 'cut', onError: ({ error }) => errors.push(error) })
    await cut.consumeStream()
    assert.equal(errors.length, 1)
    await assert.rejects(generateText({ model: model(), prompt: 'status 429 their_code', maxRetries: 0 }), (error) => {
      assert.deepEqual([error.statusCode, error.isRetryable, error.data.error.type], [429, true, 'rate_limit_error'])
      return true
    })
  })
})

describe('@langchain/anthropic', () => {
  const model = (options) =>
    new ChatAnthropic({ model: 'm', apiKey: 'key', anthropicApiUrl: gateway.origin, maxRetries: 0, ...options })
  const thinking = { maxTokens: 2000, thinking: { type: 'enabled', budget_tokens: 1024 } }
  const weather = langchainTool(({ city: name }) => `sunny in ${name}`, { name: 'weather', schema: city })

  const streamed = async (bound, messages) => {
    let whole
    for await (const chunk of await bound.stream(messages)) whole = whole ? whole.concat(chunk) : chunk
    return whole
  }

  for (const [how, ask] of Object.entries({ streamed, whole: (bound, messages) => bound.invoke(messages) })) {
    test(`reads a text, its thoughts and its usage, ${how}`, async () => {
      const { content, text, usage_metadata: stated } = await ask(model(thinking), [new HumanMessage('think')])
      assert.deepEqual([content[0].type, content[0].thinking, text], ['thinking', '想一想', '好'])
      if (how === 'whole') assert.equal(stated.total_tokens, 5)
      else assert.ok(stated.total_tokens > 0, 'LangChain adds the estimate at the start to the count at the end')
    })

    test(`calls tools, and sends their results and its thoughts back, ${how}`, async () => {
      const bound = model(thinking).bindTools([weather])
      const question = new HumanMessage('thinkTools')
      const answer = await ask(bound, [question])
      const results = await Promise.all(answer.tool_calls.map((call) => weather.invoke(call)))
      assert.deepEqual(
        results.map(({ content }) => content),
        ['sunny in 上海', 'sunny in 北京'],
      )
      assert.equal((await ask(bound, [question, answer, ...results])).text, '你好，世界')
      assert.deepEqual(lastTurns(), thoughtAndResults)
    })
  }

  test('gets structured output, which it asks for by a tool', async () => {
    const answer = await model().withStructuredOutput(city, { name: 'weather' }).invoke('tool')
    assert.deepEqual(answer, { city: '上海' })
  })

  test('throws if a stream is cut, and the status of an error', async () => {
    await assert.rejects(streamed(model(), 'cut'), /broke off its response/)
    await assert.rejects(model().invoke('status 429 their_code'), { status: 429 })
  })
})
