import { describe, expect, test } from '@jest/globals'
import { countTo, post, tinyServer } from './tiny-client.ts'

const server = tinyServer()

describe('POST /v1/completions of the embedded model', () => {
  const turn = '<|im_start|>user\nCount to 12.<|im_end|>\n<|im_start|>assistant\n'

  test('continues a raw prompt with special tokens', async () => {
    const completion = await server.client.completions.create({ model: 'tiny', prompt: turn, max_tokens: 40 })
    expect(completion).toMatchObject({
      object: 'text_completion',
      choices: [{ index: 0, text: countTo(12), finish_reason: 'stop' }],
      usage: { prompt_tokens: 20, completion_tokens: 27, total_tokens: 47 },
    })
  })

  test('ends after 16 tokens by default', async () => {
    const completion = await server.client.completions.create({ model: 'tiny', prompt: turn })
    expect(completion.choices[0]?.finish_reason).toBe('length')
    expect(completion.usage?.completion_tokens).toBe(16)
  })

  test('streams the same text', async () => {
    const stream = await server.client.completions.create({ model: 'tiny', prompt: turn, max_tokens: 40, stream: true })
    let text = ''
    let finishReason: string | null = null
    for await (const { choices } of stream) {
      text += choices[0]?.text ?? ''
      finishReason = choices[0]?.finish_reason ?? finishReason
    }
    expect({ text, finishReason }).toEqual({ text: countTo(12), finishReason: 'stop' })
  })

  test('completes each of several prompts n times, and echoes the prompt if asked to', async () => {
    const completion = await server.client.completions.create({
      model: 'tiny',
      prompt: [turn, '1 2 3'],
      n: 2,
      echo: true,
    })
    expect(completion.choices.map(({ index, text }) => [index, text.startsWith(index < 2 ? turn : '1 2 3')])).toEqual([
      [0, true],
      [1, true],
      [2, true],
      [3, true],
    ])
    expect(completion.usage?.prompt_tokens).toBe(20 + 5)
  })

  test.each([[{ model: 'tiny' }], [{ model: 'tiny', prompt: '' }], [{ model: 'tiny', prompt: [65, 66] }]])(
    'rejects %j with an error that names the prompt',
    async (body) => {
      const response = await post(server, '/v1/completions', body)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { param: 'prompt', code: 'invalid_request' } })
    },
  )
})
