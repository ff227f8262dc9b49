import { strict as assert } from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { z } from 'zod'
import { longText, startGateway, tinyPng } from './gateway.js'

let gateway

before(async () => {
  gateway = await startGateway()
})

after(() => gateway.close())

describe('@langchain/openai', () => {
  const options = () => ({ model: 'm', apiKey: 'token', configuration: { baseURL: gateway.baseURL }, maxRetries: 0 })
  const model = () => new ChatOpenAI(options())
  const weather = tool(({ city }) => `sunny in ${city}`, { name: 'weather', schema: z.object({ city: z.string() }) })

  test('reads a whole reply', async () => {
    const { content, usage_metadata: stated } = await model().invoke('text')
    assert.deepEqual([content, stated.total_tokens], ['你好，世界', 5])
  })

  test('reads a stream with usage at the end', async () => {
    const whole = await streamed(model(), 'text')
    assert.deepEqual([whole.content, whole.usage_metadata.total_tokens], ['你好，世界', 5])
  })

  /** Not `streaming: true`: with it, LangChain fetches a vocabulary from the network to count tokens by. */
  const streamed = async (bound, messages) => {
    let whole
    for await (const chunk of await bound.stream(messages)) whole = whole ? whole.concat(chunk) : chunk
    return whole
  }

  for (const [how, ask] of Object.entries({ streamed, whole: (bound, messages) => bound.invoke(messages) })) {
    test(`calls tools and sends their results, ${how}`, async () => {
      const bound = model().bindTools([weather])
      const question = new HumanMessage('tools')
      const answer = await ask(bound, [question])
      const results = await Promise.all(answer.tool_calls.map((call) => weather.invoke(call)))
      assert.deepEqual(
        results.map((result) => [ToolMessage.isInstance(result), result.content]),
        [
          [true, 'sunny in 上海'],
          [true, 'sunny in 北京'],
        ],
      )
      assert.equal((await ask(bound, [question, answer, ...results])).content, '你好，世界')
    })
  }

  test('gets structured output', async () => {
    const schema = z.object({ name: z.string(), people: z.number() })
    const answer = await model().withStructuredOutput(schema, { method: 'jsonSchema' }).invoke('json')
    assert.deepEqual(answer, { name: '上海', people: 24_870_000 })
  })

  test('sends pictures, Chinese and 100 KB of text unchanged', async () => {
    const content = [
      { type: 'text', text: 'echo 图' },
      { type: 'image_url', image_url: { url: tinyPng } },
    ]
    assert.equal((await model().invoke([new HumanMessage({ content })])).content, `图 ${tinyPng}`)
    assert.equal((await model().invoke(`echo ${longText}`)).content, longText)
  })

  test('closes the connection to the provider if it aborts', async () => {
    const leaving = new AbortController()
    await assert.rejects(async () => {
      for await (const _chunk of await model().stream('hang', { signal: leaving.signal })) leaving.abort()
    })
    await gateway.requests.at(-1).closed
  })

  test('throws if a stream is cut', async () => {
    await assert.rejects(async () => {
      for await (const _chunk of await model().stream('cut'));
    }, /broke off its response/)
  })

  test('throws ContextOverflowError for a prompt that is too long', async () => {
    await assert.rejects(model().invoke('status 400 context_length_exceeded'), { name: 'ContextOverflowError' })
  })

  test('throws the status and code of a busy provider', async () => {
    await assert.rejects(model().invoke('status 429 their_code'), { status: 429, code: 'their_code' })
  })
})
