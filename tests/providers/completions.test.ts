import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  json,
  type ReceivedRequest,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
  sse,
} from '../../testing/stand-ins/provider.ts'
import { caller, routeTo } from '../support/call-provider.ts'
import { readStream } from '../support/read-stream.ts'

const chatOnly = json(
  { error: { message: 'This is a chat model and not supported in the v1/completions endpoint.' } },
  404,
)
const usage = { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 }

/** A chat provider that answers each prompt, `n` times, with the prompt in capitals. */
const chat = ({ body }: ReceivedRequest, stated: object = { usage }): Script => {
  const said = (body['messages'] as [{ content: string }])[0].content.toUpperCase()
  const chunk = (delta: object, reason: string | null = null) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', created: 5, model: 'm', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`
  if (body['stream']) {
    const last = `data: ${JSON.stringify({ id: 'chatcmpl-1', created: 5, model: 'm', choices: [], usage })}\n\n`
    return sse(
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: said }),
      chunk({}, 'stop'),
      last,
      'data: [DONE]\n\n',
    )
  }
  const choices = Array.from({ length: Number(body['n'] ?? 1) }, (_, index) => ({
    index,
    message: { role: 'assistant', content: said },
    finish_reason: 'stop',
  }))
  return json({ id: 'chatcmpl-1', object: 'chat.completion', created: 5, model: 'm', choices, ...stated })
}

const choice = (index: number, text: string) => ({ index, text, logprobs: null, finish_reason: 'stop' })

let provider: ScriptedProvider
let native: Script
let chatAnswer: (request: ReceivedRequest) => Script

beforeAll(async () => {
  provider = await scriptedProvider((request) => (request.path === '/v1/completions' ? native : chatAnswer(request)))
})

beforeEach(() => {
  native = chatOnly
  chatAnswer = chat
  provider.requests.length = 0
})

afterAll(() => provider.close())

const complete = async (body: object, fields: Parameters<typeof routeTo>[1] = { completionsMode: 'chat' }) =>
  caller()(routeTo(provider.url, fields), body, { operation: 'completions' })

const paths = () => provider.requests.map(({ path }) => path)

describe('completions by way of chat', () => {
  test('answers a prompt with a text_completion', async () => {
    expect(JSON.parse((await complete({ max_tokens: 5, seed: 1, top_k: 3 })).body)).toEqual({
      id: 'cmpl-1',
      object: 'text_completion',
      created: 5,
      model: 'm',
      choices: [choice(0, 'HI')],
      usage,
    })
    expect(provider.requests[0]?.body).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      max_tokens: 5,
      seed: 1,
      top_k: 3,
    })
  })

  test('numbers the choices across several prompts, sums the usage and echoes each prompt', async () => {
    const prompt = ['a', 'b', 'c', 'd', 'e']
    const answer = JSON.parse((await complete({ prompt, n: 2, echo: true })).body)
    expect(answer.choices).toEqual(
      prompt.flatMap((item, position) => [0, 1].map((k) => choice(position * 2 + k, item + item.toUpperCase()))),
    )
    expect(answer.usage).toEqual({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 })
  })

  describe('of several prompts', () => {
    const prompt = ['a', 'b', 'c', 'd', 'e']
    const failing = (statedByFirst: object, status = 500): void => {
      chatAnswer = (request) => {
        const [{ content }] = request.body['messages'] as [{ content: string }]
        if (content === 'e') return json({ error: { message: 'boom' } }, status)
        return chat(request, content === 'a' ? statedByFirst : { usage })
      }
    }

    test('fails with the usage of the completed prompts if another fails', async () => {
      failing({ usage })
      await expect(complete({ prompt })).rejects.toMatchObject({
        status: 502,
        code: 'upstream_error',
        options: {
          usage: { prompt_tokens: 8, completion_tokens: 4, total_tokens: 12 },
          headers: { 'x-should-retry': 'false' },
          log: { upstream_status: 500 },
        },
      })
    })

    test('fails without usage if a response broke off in the middle of its text, which no usage covers', async () => {
      const begun = { index: 0, delta: { role: 'assistant', content: 'so far' }, finish_reason: null }
      const isCut = ({ body }: ReceivedRequest) => (body['messages'] as [{ content: string }])[0].content === 'e'
      chatAnswer = (request) =>
        isCut(request) ? sse(`data: ${JSON.stringify({ id: 'x', choices: [begun] })}\n\n`) : chat(request)
      const failure = await complete({ prompt }).catch((error: unknown) => error)
      expect(failure).toMatchObject({ status: 502 })
      expect(failure).not.toHaveProperty('options.usage')
    })

    test('forbids a retry after some prompts are completed, although the provider is only busy', async () => {
      failing({ usage }, 429)
      await expect(complete({ prompt })).rejects.toMatchObject({
        status: 429,
        options: { usage: { total_tokens: 12 }, headers: { 'x-should-retry': 'false' } },
      })
    })

    test('fails without usage if a completed prompt stated none, or if none is completed', async () => {
      failing({})
      for (const given of [prompt, ['e']]) {
        const failure = await complete({ prompt: given }).catch((error: unknown) => error)
        expect(failure).toMatchObject({ status: 502 })
        expect(failure).not.toHaveProperty('options.usage')
      }
    })

    test('states no usage if one of the prompts stated none', async () => {
      chatAnswer = (request) => chat(request, provider.requests.length === 1 ? { usage } : {})
      expect(JSON.parse((await complete({ prompt })).body)).not.toHaveProperty('usage')
    })
  })

  test.each([true, false])('ends with stop if the chat ended with tool calls, stream: %s', async (stream) => {
    const called = { tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] }
    const fields = { id: 'chatcmpl-1', created: 5, model: 'm' }
    const answered = (choice: object): object => ({
      ...fields,
      choices: [{ index: 0, ...choice, finish_reason: 'tool_calls' }],
    })
    const script = stream
      ? sse(`data: ${JSON.stringify(answered({ delta: called }))}\n\n`, 'data: [DONE]\n\n')
      : json(answered({ message: { role: 'assistant', content: null, ...called } }))
    chatAnswer = () => script
    const { body } = await complete({ stream })
    const { choices } = JSON.parse(stream ? body.slice(6) : body) as { choices: unknown }
    expect(choices).toEqual([choice(0, '')])
  })

  test('streams the echo first, then text, and usage last', async () => {
    const { body, end, heard } = await complete({ stream: true, echo: true, stream_options: { include_usage: true } })
    const { events, text } = readStream(body)
    expect([text, heard]).toEqual(['hiHI', 'HI'])
    expect(events.map(({ object, id }) => `${object} ${id}`)).toEqual(Array(3).fill('text_completion cmpl-1'))
    expect(events.at(-1)?.choices).toEqual([choice(0, '')])
    expect(readStream(end?.writeEnd(usage) ?? '').events[0]).toMatchObject({
      object: 'text_completion',
      choices: [],
      usage,
    })
  })

  test.each([
    ['suffix', { suffix: '}' }],
    ['best_of', { best_of: 2 }],
    ['logprobs', { logprobs: 0 }],
    ['prompt', { prompt: [1, 2] }],
    ['prompt', { prompt: [[1], [2]] }],
    ['prompt', { prompt: ['a', 'b'], stream: true }],
  ])('refuses %s with a 400 that names it: %j', async (param, body) => {
    await expect(complete(body)).rejects.toMatchObject({ status: 400, code: 'invalid_value', options: { param } })
    expect(provider.requests).toEqual([])
  })

  test.each([{ suffix: null }, { suffix: '' }, { best_of: 1 }, { logprobs: null }, { echo: false }])(
    'treats %j as not set',
    async (body) => {
      expect(JSON.parse((await complete(body)).body).choices).toEqual([choice(0, 'HI')])
    },
  )
})

describe('completions_mode auto', () => {
  test.each([
    ['404', chatOnly],
    ['405', json('', 405)],
    ['a 400 with the words chat-only', json({ error: { message: 'chat-only model' } }, 400)],
    [
      'a 400 with the word beta',
      json({ error: { message: 'completions api is only available in the beta API' } }, 400),
    ],
  ])('completes by way of chat after %s, and remembers it', async (_name, refusal) => {
    native = refusal
    const call = caller()
    const route = routeTo(provider.url)
    for (let count = 0; count < 2; count++) {
      const { body } = await call(route, {}, { operation: 'completions' })
      expect(JSON.parse(body).choices).toEqual([choice(0, 'HI')])
    }
    expect(paths()).toEqual(['/v1/completions', '/v1/chat/completions', '/v1/chat/completions'])
  })

  test.each([
    ['a value', { echo: 'beta' }, "echo: 'beta' is not a boolean"],
    ['a value without quotes', { echo: 'beta' }, 'Input should be a boolean, got beta'],
    ['part of a value', { user: 'a chat model of the second kind' }, 'user is too long: "a chat model of…"'],
    ['the name of a field', { beta: 1 }, 'Unrecognized request argument supplied: beta'],
    ['the model', { model: 'my-chat-model' }, 'temperature is wrong for my-chat-model'],
  ])('ignores %s of the request that a 400 repeats', async (_name, body, message) => {
    native = json({ error: { message } }, 400)
    await expect(complete(body, {})).rejects.toMatchObject({ status: 400 })
    expect(paths()).toEqual(['/v1/completions'])
  })

  test.each(['c', 'model', 'chat'])(
    'recognises the provider’s own words whatever the prompt is: %j',
    async (prompt) => {
      native = json({ error: { message: 'This is a chat model.' } }, 400)
      expect(JSON.parse((await complete({ prompt }, {})).body).choices).toEqual([choice(0, prompt.toUpperCase())])
    },
  )

  test('does not remember a 400 if chat accepted the call only without some of its fields', async () => {
    native = json({ error: { message: 'echo is a beta feature' } }, 400)
    const call = caller()
    const route = routeTo(provider.url)
    await call(route, { echo: true }, { operation: 'completions' })
    await call(route, {}, { operation: 'completions' })
    expect(paths().filter((path) => path === '/v1/completions').length).toBe(2)
  })

  test('stays native if the provider can, and passes the response on byte for byte', async () => {
    const text = JSON.stringify({
      id: 'cmpl-9',
      object: 'text_completion',
      created: 5,
      model: 'm',
      choices: [choice(0, 'x')],
      usage,
    })
    native = json(text)
    expect((await complete({ suffix: '}', prompt: [1, 2] }, {})).body).toBe(text)
    expect(provider.requests[0]?.body).toMatchObject({ suffix: '}', prompt: [1, 2] })
  })

  test.each([400, 401, 429, 500])('does not mistake a %i for a missing operation', async (status) => {
    native = json({ error: { message: 'temperature is too high' } }, status)
    await expect(complete({}, {})).rejects.toMatchObject({ code: expect.stringMatching(/upstream|rate/) })
    expect(paths()).toEqual(['/v1/completions'])
  })

  test('does not fall back to chat in the mode native', async () => {
    await expect(complete({}, { completionsMode: 'native' })).rejects.toMatchObject({ status: 404 })
  })
})
