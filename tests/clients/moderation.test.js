import { strict as assert } from 'node:assert'
import { after, before, describe, test } from 'node:test'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import Anthropic from '@anthropic-ai/sdk'
import { HumanMessage } from '@langchain/core/messages'
import { ChatOpenAI } from '@langchain/openai'
import { streamText } from 'ai'
import OpenAI from 'openai'
import OpenAI4 from 'openai-4'
import OpenAI7 from 'openai-7'
import { said, startGateway } from './gateway.js'

/** A stream that is stopped because of a listed word ends in each client as one that its provider has filtered. */

let gateway
before(async () => {
  gateway = await startGateway({ MODERATION: 'words', MODERATION_WORDS: '禁止词语', MODERATION_ANSWERS: 'window' })
})
after(() => gateway.close())

const chatOf = (Client) => async (question) => {
  const client = new Client({ baseURL: gateway.baseURL, apiKey: 'token', maxRetries: 0 })
  const chats = client.chat.completions.stream ? client.chat.completions : client.beta.chat.completions
  const { choices } = await chats.stream(said(question)).finalChatCompletion()
  return [choices[0].message.content ?? '', choices[0].finish_reason]
}

const aiOf = (getModel) => async (question) => {
  const { text, finishReason } = streamText({ model: getModel(), prompt: question, maxRetries: 0 })
  return [await text, await finishReason]
}

const common = () => ({ baseURL: gateway.baseURL, apiKey: 'token' })

/** The clients, the name of the end in each, and how each is asked for a stream. */
const clients = {
  'openai 4': ['content_filter', chatOf(OpenAI4)],
  'openai 6': ['content_filter', chatOf(OpenAI)],
  'openai 7': ['content_filter', chatOf(OpenAI7)],
  'openai, responses': [
    'content_filter',
    async (question) => {
      const client = new OpenAI({ ...common(), maxRetries: 0 })
      const response = await client.responses.stream({ model: 'm', input: question }).finalResponse()
      return [response.output_text, response.incomplete_details?.reason]
    },
  ],
  '@anthropic-ai/sdk': [
    'refusal',
    async (question) => {
      const client = new Anthropic({ baseURL: gateway.origin, authToken: 'token', apiKey: null, maxRetries: 0 })
      const message = await client.messages.stream({ ...said(question), max_tokens: 100 }).finalMessage()
      return [message.content.map(({ text = '' }) => text).join(''), message.stop_reason]
    },
  ],
  'ai, compatible': ['content-filter', aiOf(() => createOpenAICompatible({ name: 'g', ...common() })('m'))],
  'ai, openai chat': ['content-filter', aiOf(() => createOpenAI(common()).chat('m'))],
  'ai, openai responses': ['content-filter', aiOf(() => createOpenAI(common()).responses('m'))],
  'ai, anthropic': ['content-filter', aiOf(() => createAnthropic(common())('m'))],
  langchain: [
    'content_filter',
    async (question) => {
      const model = new ChatOpenAI({ model: 'm', apiKey: 'token', configuration: common(), maxRetries: 0 })
      let whole
      for await (const chunk of await model.stream([new HumanMessage(question)])) whole = whole?.concat(chunk) ?? chunk
      return [whole.content, whole.response_metadata.finish_reason]
    },
  ],
}

for (const [name, [end, ask]] of Object.entries(clients))
  describe(name, () => {
    test('ends on a word that comes later, with what was sent before', async () => {
      assert.deepEqual(await ask('listedWord'), ['很好，', end])
    })

    test('ends on a word at the beginning, with nothing', async () => {
      assert.deepEqual(await ask('listedFirst'), ['', end])
    })

    test('reads an ordinary stream to its end', async () => {
      const [text, reason] = await ask('text')
      assert.equal(text, '你好，世界')
      assert.notEqual(reason, end)
    })
  })
