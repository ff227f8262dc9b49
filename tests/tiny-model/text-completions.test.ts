import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type OpenAI from 'openai'
import { startTinyModel, type TinyModelServer } from '../../scripts/tiny-model/server/upstream.ts'
import { clientOf, countTo, post } from './tiny-client.ts'

let server: TinyModelServer
let client: OpenAI

beforeAll(async () => {
  server = await startTinyModel()
  client = clientOf(server)
})

afterAll(() => server.close())

describe('a text completion', () => {
  const turn = '<|im_start|>user\nCount to 12.<|im_end|>\n<|im_start|>assistant\n'

  test('continues a raw prompt, special tokens and all', async () => {
    const completion = await client.completions.create({ model: 'tiny', prompt: turn, max_tokens: 40 })
    expect(completion).toMatchObject({
      object: 'text_completion',
      choices: [{ index: 0, text: countTo(12), finish_reason: 'stop' }],
      usage: { prompt_tokens: 20, completion_tokens: 27, total_tokens: 47 },
    })
  })

  test('ends after 16 tokens unless told otherwise', async () => {
    const completion = await client.completions.create({ model: 'tiny', prompt: turn })
    expect(completion.choices[0]?.finish_reason).toBe('length')
    expect(completion.usage?.completion_tokens).toBe(16)
  })

  test('streams the same text', async () => {
    const stream = await client.completions.create({ model: 'tiny', prompt: turn, max_tokens: 40, stream: true })
    let text = ''
    let finishReason: string | null = null
    for await (const { choices } of stream) {
      text += choices[0]?.text ?? ''
      finishReason = choices[0]?.finish_reason ?? finishReason
    }
    expect({ text, finishReason }).toEqual({ text: countTo(12), finishReason: 'stop' })
  })

  test('answers each of several prompts n times, and begins with the prompt when asked to', async () => {
    const completion = await client.completions.create({ model: 'tiny', prompt: [turn, '1 2 3'], n: 2, echo: true })
    expect(completion.choices.map(({ index, text }) => [index, text.startsWith(index < 2 ? turn : '1 2 3')])).toEqual([
      [0, true],
      [1, true],
      [2, true],
      [3, true],
    ])
    expect(completion.usage?.prompt_tokens).toBe(20 + 5)
  })

  test.each([[{ model: 'tiny' }], [{ model: 'tiny', prompt: '' }], [{ model: 'tiny', prompt: [65, 66] }]])(
    'refuses %j, naming the prompt',
    async (body) => {
      const response = await post(server, '/v1/completions', body)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { param: 'prompt', code: 'invalid_request' } })
    },
  )
})
