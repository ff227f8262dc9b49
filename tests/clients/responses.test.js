import { strict as assert } from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import { Agent, tool as agentTool, applyPatchTool, OpenAIResponsesModel, Runner } from '@openai/agents'
import { generateText, Output, stepCountIs, streamText, tool } from 'ai'
import OpenAI6 from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import OpenAI7 from 'openai-7'
import { z } from 'zod'
import { longText, startGateway, tinyPng } from './gateway.js'

/** The clients of OpenAI's Responses API against the local gateway. */

let gateway

before(async () => {
  gateway = await startGateway({ GATEWAY_ADMIN_KEY: 'admin-key-of-a-test-0123456789' })
})

after(() => gateway.close())

const lastMessages = () => gateway.requests.at(-1).body.messages

for (const [name, OpenAI] of Object.entries({ 'openai 6': OpenAI6, 'openai 7': OpenAI7 })) {
  describe(`${name}, responses`, () => {
    const responses = () => new OpenAI({ apiKey: 'token', baseURL: gateway.baseURL, maxRetries: 0 }).responses
    const weather = {
      ...{ type: 'function', name: 'weather', strict: false },
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
    }

    test('reads a whole response and its request id', async () => {
      const response = await responses().create({ model: 'm', input: 'think' })
      assert.equal(response.output_text, '好')
      assert.equal(response.output[0].summary[0].text, '想一想')
      assert.deepEqual([response.status, response.usage.total_tokens], ['completed', 5])
      assert.match(response._request_id, /^[\da-f-]{36}$/)
    })

    test('collects a stream with its own helper', async () => {
      const text = longText.slice(0, 4_000)
      const pieces = []
      const running = responses()
        .stream({ model: 'm', input: `echo ${text}` })
        .on('response.output_text.delta', ({ delta }) => pieces.push(delta))
      const response = await running.finalResponse()
      assert.deepEqual([response.output_text, pieces.join('')], [text, text])
    })

    test('parses structured output, whole and streamed', async () => {
      const format = zodTextFormat(z.object({ name: z.string(), people: z.number() }), 'city')
      const body = { model: 'm', input: 'json', text: { format } }
      const expected = { name: '上海', people: 24_870_000 }
      assert.deepEqual((await responses().parse(body)).output_parsed, expected)
      assert.deepEqual((await responses().stream(body).finalResponse()).output_parsed, expected)
    })

    test('runs two tools at once, and sends the whole conversation in the next turn', async () => {
      const input = [{ role: 'user', content: 'tools' }]
      const first = await responses()
        .stream({ model: 'm', input, tools: [weather] })
        .finalResponse()
      const calls = first.output.filter(({ type }) => type === 'function_call')
      assert.deepEqual(
        calls.map(({ arguments: json }) => JSON.parse(json).city),
        ['上海', '北京'],
      )
      input.push(...first.output)
      for (const { call_id } of calls) input.push({ type: 'function_call_output', call_id, output: 'sunny' })
      assert.equal((await responses().create({ model: 'm', input, tools: [weather] })).output_text, '你好，世界')
      assert.deepEqual(
        lastMessages().map(({ role }) => role),
        ['user', 'assistant', 'tool', 'tool'],
      )
    })

    test('sends pictures', async () => {
      const content = [
        { type: 'input_text', text: 'echo 图' },
        { type: 'input_image', image_url: tinyPng, detail: 'auto' },
      ]
      const { output_text: text } = await responses().create({ model: 'm', input: [{ role: 'user', content }] })
      assert.equal(text, `图 ${tinyPng}`)
    })

    test('throws if a stream is cut, and for what needs a store', async () => {
      await assert.rejects(responses().stream({ model: 'm', input: 'cut' }).finalResponse(), /broke off its response/)
      const asking = responses().create({ model: 'm', input: 'text', previous_response_id: 'resp_1' })
      await assert.rejects(asking, { status: 400, code: 'previous_response_not_found' })
    })
  })
}

describe('ai with @ai-sdk/openai, responses', () => {
  const model = () => createOpenAI({ baseURL: gateway.baseURL, apiKey: 'token' }).responses('m')
  const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: ({ city }) => `sunny in ${city}` })

  test('reads a reply with its reasoning and usage, whole and streamed', async () => {
    const streamed = streamText({ model: model(), prompt: 'think' })
    assert.deepEqual([await streamed.text, await streamed.reasoningText], ['好', '想一想'])
    assert.deepEqual([(await streamed.usage).totalTokens, await streamed.finishReason], [5, 'stop'])
    const { text, reasoningText, usage } = await generateText({ model: model(), prompt: 'think' })
    assert.deepEqual([text, reasoningText, usage.totalTokens], ['好', '想一想', 5])
  })

  for (const question of ['tool', 'tools']) {
    test(`runs the tools that the model calls to the end, whole and streamed: ${question}`, async () => {
      const options = { model: model(), prompt: question, tools: { weather }, stopWhen: stepCountIs(3) }
      const own = { providerOptions: { openai: { store: false } } }
      const streamed = streamText({ ...options, ...own })
      assert.equal(await streamed.text, '你好，世界')
      assert.equal((await generateText({ ...options, ...own })).text, '你好，世界')
      assert.equal(lastMessages().filter(({ role }) => role === 'tool').length, question === 'tool' ? 1 : 2)
    })
  }

  test('sends the thoughts of a turn back if it is told that nothing is stored', async () => {
    const prompt = 'thinkTools'
    const options = { model: model(), prompt, tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0 }
    const own = { providerOptions: { openai: { store: false, include: ['reasoning.encrypted_content'] } } }
    assert.equal((await generateText({ ...options, ...own })).text, '你好，世界')
    assert.equal(lastMessages()[1].reasoning_content, '看一看')
    await assert.rejects(generateText(options), /providerOptions.*store: false/)
  })

  test('gets the structured output that it asks for', async () => {
    const schema = z.object({ name: z.string(), people: z.number() })
    const { output } = await generateText({ model: model(), prompt: 'json', output: Output.object({ schema }) })
    assert.deepEqual(output, { name: '上海', people: 24_870_000 })
  })

  test('reports an error within a stream', async () => {
    const errors = []
    const streamed = streamText({ model: model(), prompt: 'cut', onError: ({ error }) => errors.push(error) })
    await streamed.consumeStream()
    assert.match(JSON.stringify(errors), /broke off its response/)
  })
})

describe('the Agents SDK', () => {
  const agent = (options) => {
    const client = new OpenAI6({ apiKey: 'token', baseURL: gateway.baseURL, maxRetries: 0 })
    return new Agent({ name: 'a', instructions: 'Help.', model: new OpenAIResponsesModel(client, 'm'), ...options })
  }
  const runner = () => new Runner({ tracingDisabled: true })

  test('runs a tool to the final output, whole and streamed', async () => {
    const cities = []
    const weather = agentTool({
      ...{ name: 'weather', description: 'Tells it.', parameters: z.object({ city: z.string() }) },
      execute: ({ city }) => `sunny, ${cities.push(city)}`,
    })
    const whole = await runner().run(agent({ tools: [weather] }), 'tool')
    assert.equal(whole.finalOutput, '你好，世界')
    const streamed = await runner().run(agent({ tools: [weather] }), 'tool', { stream: true })
    await streamed.completed
    assert.equal(streamed.finalOutput, '你好，世界')
    assert.deepEqual(cities, ['上海', '上海'])
    assert.deepEqual(
      lastMessages().map(({ role }) => role),
      ['system', 'user', 'assistant', 'tool'],
    )
  })

  test('runs a tool that the API defines and the client runs', async () => {
    const operations = []
    const note = (operation) => {
      operations.push(operation)
      return { status: 'completed', output: 'done' }
    }
    const editor = { createFile: note, updateFile: note, deleteFile: note }
    const result = await runner().run(agent({ tools: [applyPatchTool({ editor })] }), 'patch')
    assert.equal(result.finalOutput, '你好，世界')
    assert.deepEqual(
      operations.map(({ type, path }) => [type, path]),
      [['delete_file', 'a.txt']],
    )
    assert.equal(lastMessages().at(-1).content, 'done')
  })
})
