import { createRequire } from 'node:module'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { ChatOpenAI } from '@langchain/openai'
import { generateText, streamText, tool } from 'ai'
import OpenAI6 from 'openai'
import OpenAI4 from 'openai-4'
import OpenAI7 from 'openai-7'
import { z } from 'zod'
import { said } from './gateway.js'

const cloudbase = createRequire(import.meta.url)('@cloudbase/js-sdk')

/** The clients by name. */
export const clientNames = ['openai 4', 'openai 6', 'openai 7', 'ai', 'LangChain', 'js-sdk']

/** Creates the ways in which each client reads the answer to a question, by its name and by form. Each resolves with the text and with
 *  the arguments of the tools that are called (`cities`), as JSON.
 *  @param gateway the running gateway */
export const createReaders = (gateway) => {
  const citiesOf = (calls) => calls.map((call) => call.function.arguments)

  const readers = Object.fromEntries(
    Object.entries({ 'openai 4': OpenAI4, 'openai 6': OpenAI6, 'openai 7': OpenAI7 }).map(([name, OpenAI]) => {
      const { completions } = new OpenAI({ apiKey: 'token', baseURL: 'http://unused' }).chat
      const client = () => new OpenAI({ apiKey: 'token', baseURL: gateway.baseURL, maxRetries: 0 })
      const helpers = () => (completions.stream ? client().chat.completions : client().beta.chat.completions)
      const read = ({ message }) => ({ text: message.content ?? '', cities: citiesOf(message.tool_calls ?? []) })
      return [
        name,
        {
          stream: async (question) => read((await helpers().stream(said(question)).finalChatCompletion()).choices[0]),
          whole: async (question) => read((await client().chat.completions.create(said(question))).choices[0]),
        },
      ]
    }),
  )

  const aiOptions = (question) => ({
    model: createOpenAICompatible({ name: 'gateway', baseURL: gateway.baseURL, apiKey: 'token' })('m'),
    prompt: question,
    tools: {
      weather: tool({ inputSchema: z.object({ city: z.string() }) }),
      search: tool({ inputSchema: z.looseObject({}) }),
    },
    maxRetries: 0,
  })

  readers.ai = {
    stream: async (question) => {
      let thrown
      const onError = ({ error }) => (thrown = error)
      const result = streamText({ ...aiOptions(question), onError })
      const calls = await result.toolCalls
      if (thrown) throw thrown
      return { text: await result.text, cities: calls.map(({ input }) => JSON.stringify(input)) }
    },
    whole: async (question) => {
      const { text, toolCalls } = await generateText(aiOptions(question))
      return { text, cities: toolCalls.map(({ input }) => JSON.stringify(input)) }
    },
  }

  const langChain = () =>
    new ChatOpenAI({ model: 'm', apiKey: 'token', configuration: { baseURL: gateway.baseURL }, maxRetries: 0 })

  const readLangChain = ({ content, tool_calls: calls }) => ({
    text: content,
    cities: calls.map(({ args }) => JSON.stringify(args)),
  })

  readers.LangChain = {
    stream: async (question) => {
      let message
      for await (const chunk of await langChain().stream(question)) message = message ? message.concat(chunk) : chunk
      return readLangChain(message)
    },
    whole: async (question) => readLangChain(await langChain().invoke(question)),
  }

  const jsModel = () =>
    cloudbase.init({ env: 'test-env', accessKey: 'token' }).ai({ baseUrl: gateway.origin }).createModel('gateway')

  readers['js-sdk'] = {
    stream: async (question) => {
      const { dataStream } = await jsModel().streamText(said(question))
      const read = { text: '', cities: [] }
      for await (const { choices } of dataStream) {
        read.text += choices[0]?.delta?.content ?? ''
        for (const { index, function: called } of choices[0]?.delta?.tool_calls ?? [])
          read.cities[index] = (read.cities[index] ?? '') + called.arguments
      }
      return read
    },
    whole: async (question) => {
      const { rawResponses } = await jsModel().generateText(said(question))
      const { message } = rawResponses[0].choices[0]
      return { text: message.content ?? '', cities: citiesOf(message.tool_calls ?? []) }
    },
  }
  return readers
}
