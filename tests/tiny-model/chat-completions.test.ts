import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type OpenAI from 'openai'
import { startTinyModel, type TinyModelServer } from '../../scripts/tiny-model/server/upstream.ts'
import { clientOf, countTo, messages, post } from './tiny-client.ts'

let server: TinyModelServer
let client: OpenAI

beforeAll(async () => {
  server = await startTinyModel()
  client = clientOf(server)
})

afterAll(() => server.close())

describe('a chat completion', () => {
  test('gives the answer, why it ended and true token counts', async () => {
    const completion = await client.chat.completions.create({ model: 'tiny', messages: messages('Count to 12.') })
    expect(completion).toMatchObject({
      object: 'chat.completion',
      model: 'tiny',
      choices: [{ index: 0, message: { role: 'assistant', content: countTo(12) }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 20, completion_tokens: 27, total_tokens: 47 },
    })
    expect(completion.id).toMatch(/^chatcmpl-/)
  })

  test.each([{ max_tokens: 3 }, { max_completion_tokens: 3 }, { max_tokens: 9, max_completion_tokens: 3 }])(
    'ends with length at %j',
    async (limit) => {
      const completion = await client.chat.completions.create({
        model: 'tiny',
        messages: messages('Count to 12.'),
        ...limit,
      })
      expect(completion.choices[0]).toMatchObject({ message: { content: '1 2' }, finish_reason: 'length' })
      expect(completion.usage?.completion_tokens).toBe(3)
    },
  )

  test.each([' 5', [' 9', ' 5']])('ends at the stop string %j', async (stop) => {
    const completion = await client.chat.completions.create({ model: 'tiny', messages: messages('Count to 12.'), stop })
    expect(completion.choices[0]).toMatchObject({ message: { content: '1 2 3 4' }, finish_reason: 'stop' })
  })

  test('takes content in text parts, and null for a field left open', async () => {
    const response = await post(server, '/v1/chat/completions', {
      model: 'tiny',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Count ' },
            { type: 'text', text: 'to 3.' },
          ],
        },
      ],
      stop: null,
      max_tokens: null,
      temperature: null,
      top_p: null,
      seed: null,
      n: null,
      stream: null,
      stream_options: null,
      user: 'someone',
    })
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: countTo(3) } }] })
  })

  test('gives n choices, and counts the prompt once', async () => {
    const completion = await client.chat.completions.create({ model: 'tiny', messages: messages('Count to 12.'), n: 2 })
    const choice = { message: { content: countTo(12) } }
    expect(completion.choices).toMatchObject([
      { index: 0, ...choice },
      { index: 1, ...choice },
    ])
    expect(completion.usage).toEqual({ prompt_tokens: 20, completion_tokens: 2 * 27, total_tokens: 20 + 2 * 27 })
  })

  test('repeats a random answer for the same seed, with other choices beside it', async () => {
    const ask = (seed: number) =>
      client.chat.completions.create({
        model: 'tiny',
        messages: messages('Write something'),
        temperature: 2,
        seed,
        n: 2,
        max_tokens: 20,
      })
    const [first, again, other] = [await ask(1), await ask(1), await ask(99)]
    expect(again.choices).toEqual(first.choices)
    expect(other.choices).not.toEqual(first.choices)
    expect(first.choices[1]?.message.content).not.toBe(first.choices[0]?.message.content)
  })
})
