import { strict as assert } from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, generateText, Output, stepCountIs, streamText, tool } from 'ai'
import { z } from 'zod'
import { longText, said, startGateway, tinyPng } from './gateway.js'

let gateway

before(async () => {
  gateway = await startGateway()
})

after(() => gateway.close())

describe('ai with @ai-sdk/openai-compatible', () => {
  const provider = (options) =>
    createOpenAICompatible({
      name: 'gateway',
      baseURL: gateway.baseURL,
      apiKey: 'token',
      includeUsage: true,
      ...options,
    })
  const model = () => provider()('m')
  const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: ({ city }) => `sunny in ${city}` })

  test('reads a whole reply and its reasoning', async () => {
    const { text, usage: stated } = await generateText({ model: model(), prompt: 'text' })
    assert.deepEqual([text, stated.totalTokens], ['你好，世界', 5])
    const { reasoningText } = await generateText({ model: model(), prompt: 'think' })
    assert.equal(reasoningText, '想一想')
  })

  test('reads a stream with reasoning and usage', async () => {
    const result = streamText({ model: model(), prompt: 'think' })
    assert.deepEqual([await result.text, await result.reasoningText], ['好', '想一想'])
    assert.equal((await result.usage).totalTokens, 5)
    assert.equal(await result.finishReason, 'stop')
  })

  for (const [question, outputs] of [
    ['tool', ['sunny in 上海']],
    ['tools', ['sunny in 上海', 'sunny in 北京']],
  ]) {
    test(`runs the tools that the model calls, whole and streamed: ${question}`, async () => {
      const options = { model: model(), prompt: question, tools: { weather }, stopWhen: stepCountIs(3) }
      const streamed = streamText(options)
      assert.equal(await streamed.text, '你好，世界')
      for (const steps of [await streamed.steps, (await generateText(options)).steps]) {
        assert.deepEqual(
          steps[0].toolResults.map(({ output }) => output),
          outputs,
        )
      }
    })
  }

  test('gets structured output', async () => {
    const schema = z.object({ name: z.string(), people: z.number() })
    const { output } = await generateText({
      model: provider({ supportsStructuredOutputs: true })('m'),
      prompt: 'json',
      output: Output.object({ schema }),
    })
    assert.deepEqual(output, { name: '上海', people: 24_870_000 })
    assert.equal(gateway.requests.at(-1).body.response_format.type, 'json_schema')
  })

  test('sends pictures, Chinese and 100 KB of text unchanged', async () => {
    const content = [
      { type: 'text', text: 'echo 图' },
      { type: 'image', image: tinyPng },
    ]
    const { text } = await generateText({ model: model(), messages: said(content).messages })
    assert.equal(text, `图 ${tinyPng}`)
    const long = streamText({ model: model(), prompt: `echo ${longText}` })
    assert.equal(await long.text, longText)
  })

  test('passes on the fields that its user adds for the provider', async () => {
    const providerOptions = { gateway: { thinking: { type: 'disabled' }, tomorrow: 1 } }
    await generateText({ model: model(), prompt: 'text', providerOptions })
    const { thinking, tomorrow } = gateway.requests.at(-1).body
    assert.deepEqual([thinking, tomorrow], [{ type: 'disabled' }, 1])
  })

  test('closes the connection to the provider if it aborts', async () => {
    const leaving = new AbortController()
    const { textStream } = streamText({ model: model(), prompt: 'hang', abortSignal: leaving.signal })
    for await (const _piece of textStream) leaving.abort()
    await gateway.requests.at(-1).closed
  })

  test('reports that a stream is cut', async () => {
    const errors = []
    const result = streamText({ model: model(), prompt: 'cut', onError: ({ error }) => errors.push(error) })
    await result.consumeStream()
    assert.equal(errors.length, 1)
  })

  for (const [prompt, status, code, retryable] of [
    ['status 400 their_code', 400, 'their_code', false],
    ['status 401 their_code', 502, 'upstream_auth', true],
    ['status 429 their_code', 429, 'their_code', true],
  ]) {
    test(`throws APICallError with status and code for "${prompt}"`, async () => {
      await assert.rejects(generateText({ model: model(), prompt, maxRetries: 0 }), (error) => {
        assert.ok(APICallError.isInstance(error))
        assert.deepEqual([error.statusCode, error.data.error.code], [status, code])
        assert.equal(error.isRetryable, retryable)
        return true
      })
    })
  }

  test('completes text', async () => {
    const { text } = await generateText({ model: provider().completionModel('m'), prompt: 'abc' })
    assert.match(text, /ABC/)
  })
})
