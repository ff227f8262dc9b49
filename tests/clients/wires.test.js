import { strict as assert } from 'node:assert'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { ChatOpenAI } from '@langchain/openai'
import { generateText, streamText } from 'ai'
import OpenAI6 from 'openai'
import OpenAI4 from 'openai-4'
import OpenAI7 from 'openai-7'
import { said, startGateway } from './gateway.js'
import { failures, framings } from './wires.js'

/** Every client reads every framing, and sees every failure as what it is. */

const cloudbase = createRequire(import.meta.url)('@cloudbase/js-sdk')

let gateway

before(async () => {
  gateway = await startGateway()
})

after(() => gateway.close())

const join = async (pieces, getText) => {
  let text = ''
  for await (const piece of pieces) text += getText(piece) ?? ''
  return text
}

const openai = (OpenAI) => {
  const create = (...body) =>
    new OpenAI({ apiKey: 'token', baseURL: gateway.baseURL, maxRetries: 0 }).chat.completions.create(...body)
  return {
    whole: async (question) => (await create(said(question))).choices[0].message.content,
    stream: async (question) =>
      join(await create({ ...said(question), stream: true }), ({ choices }) => choices[0]?.delta.content),
  }
}

const aiModel = () => createOpenAICompatible({ name: 'gateway', baseURL: gateway.baseURL, apiKey: 'token' })('m')
const langchain = () =>
  new ChatOpenAI({ model: 'm', apiKey: 'token', configuration: { baseURL: gateway.baseURL }, maxRetries: 0 })
const jsSdk = () =>
  cloudbase.init({ env: 'test-env', accessKey: 'token' }).ai({ baseUrl: gateway.origin }).createModel('gateway')

/** How each client asks. Both resolve with the text. */
const clients = {
  'openai 4': openai(OpenAI4),
  'openai 6': openai(OpenAI6),
  'openai 7': openai(OpenAI7),
  ai: {
    whole: async (prompt) => (await generateText({ model: aiModel(), prompt, maxRetries: 0 })).text,
    stream: async (prompt) => {
      let thrown
      const onError = ({ error }) => (thrown = error)
      const text = await join(streamText({ model: aiModel(), prompt, maxRetries: 0, onError }).textStream, String)
      if (thrown) throw thrown
      return text
    },
  },
  langchain: {
    whole: async (question) => (await langchain().invoke(question)).content,
    stream: async (question) => join(await langchain().stream(question), ({ content }) => content),
  },
  'js-sdk': {
    whole: async (question) => (await jsSdk().generateText(said(question))).text,
    stream: async (question) => join((await jsSdk().streamText(said(question))).textStream, String),
  },
}

for (const [name, { whole, stream }] of Object.entries(clients)) {
  describe(name, () => {
    for (const framing of Object.keys(framings))
      test(`reads a stream with ${framing}, and a whole answer made of it`, async () => {
        assert.equal(await stream(`framing ${framing}`), '你好，世界')
        assert.equal(await whole(`framing ${framing}`), '你好，世界')
      })

    for (const failure of Object.keys(failures))
      test(`fails with ${failure}: whole, first in a stream, and in its midst`, async () => {
        await assert.rejects(whole(`failure ${failure}`))
        await assert.rejects(stream(`failure ${failure}`))
        await assert.rejects(stream(`later ${failure}`))
      })
  })
}

describe('the official client', () => {
  const create = (...body) =>
    new OpenAI6({ apiKey: 'token', baseURL: gateway.baseURL, maxRetries: 0 }).chat.completions.create(...body)

  for (const [failure, { reply, wait = null }] of Object.entries(failures))
    test(`sees ${failure} with its status, code and wait`, async () => {
      for (const streams of [false, true])
        await assert.rejects(create({ ...said(`failure ${failure}`), stream: streams }), (error) => {
          assert.deepEqual([error.status, error.code], reply)
          if (wait) assert.equal(error.headers.get('retry-after'), wait)
          return true
        })
      const later = async () => join(await create({ ...said(`later ${failure}`), stream: true }), String)
      await assert.rejects(later, (error) => error.code === reply[1])
    })
})
