import { describe, expect, test } from '@jest/globals'
import { countTo, messages, post, tinyServer } from './tiny-client.ts'

const server = tinyServer()

describe('POST /v1/chat/completions of the embedded model', () => {
  test('returns the text, the finish reason and correct token counts', async () => {
    const completion = await server.client.chat.completions.create({
      model: 'tiny',
      messages: messages('Count to 12.'),
    })
    expect(completion).toMatchObject({
      object: 'chat.completion',
      model: 'tiny',
      choices: [{ index: 0, message: { role: 'assistant', content: countTo(12) }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 20, completion_tokens: 27, total_tokens: 47 },
    })
    expect(completion.id).toMatch(/^chatcmpl-/)
  })

  test.each([{ max_tokens: 3 }, { max_completion_tokens: 3 }, { max_tokens: 9, max_completion_tokens: 3 }])(
    'finishes with length at %j',
    async (limit) => {
      const completion = await server.client.chat.completions.create({
        model: 'tiny',
        messages: messages('Count to 12.'),
        ...limit,
      })
      expect(completion.choices[0]).toMatchObject({ message: { content: '1 2' }, finish_reason: 'length' })
      expect(completion.usage?.completion_tokens).toBe(3)
    },
  )

  test.each([' 5', [' 9', ' 5']])('finishes at the stop string %j', async (stop) => {
    const completion = await server.client.chat.completions.create({
      model: 'tiny',
      messages: messages('Count to 12.'),
      stop,
    })
    expect(completion.choices[0]).toMatchObject({ message: { content: '1 2 3 4' }, finish_reason: 'stop' })
  })

  test('accepts content in text parts, and null for optional fields', async () => {
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
      user: 'user-1',
    })
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: countTo(3) } }] })
  })

  test('returns n choices, and counts the prompt once', async () => {
    const completion = await server.client.chat.completions.create({
      model: 'tiny',
      messages: messages('Count to 12.'),
      n: 2,
    })
    const choice = { message: { content: countTo(12) } }
    expect(completion.choices).toMatchObject([
      { index: 0, ...choice },
      { index: 1, ...choice },
    ])
    expect(completion.usage).toEqual({ prompt_tokens: 20, completion_tokens: 2 * 27, total_tokens: 20 + 2 * 27 })
  })

  test('reads the last question only, and counts the tokens of all messages', async () => {
    const conversation = [
      { role: 'system' as const, content: 'You are a pirate. '.repeat(5) },
      ...messages('Count to 30.'),
      { role: 'assistant' as const, content: countTo(30) },
    ]
    const asked = await server.client.chat.completions.create({
      model: 'tiny',
      messages: [...conversation, ...messages('What is 7 + 5?')],
    })
    expect(asked.choices[0]?.message.content).toBe('7 + 5 = 12.')
    expect(asked.usage?.prompt_tokens).toBeGreaterThan(150)
  })
})
