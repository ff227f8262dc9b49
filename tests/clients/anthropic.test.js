import { strict as assert } from 'node:assert'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
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
