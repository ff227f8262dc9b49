import { describe, expect, test } from '@jest/globals'
import { refuse } from '../../scripts/tiny-model/generate/tasks.ts'
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

  test('takes a prompt without special tokens as a question', async () => {
    const prompt = ['Count to 3.', 'Once upon a time']
    const { choices, usage } = await server.client.completions.create({ model: 'tiny', prompt, max_tokens: 60 })
    expect(choices.map(({ text }) => text)).toEqual([countTo(3), refuse('')])
    expect(usage?.prompt_tokens).toBe(5 + 13)
  })

  test('never sends a broken character, whatever it makes of a raw prompt', async () => {
    const prompt = ['天气', '\u00e9\u4e00', '🙂', '1 2 3'].map((text) => `<|im_start|>user\n${text}`)
    for (const temperature of [0, 2]) {
      const { choices } = await server.client.completions.create({
        model: 'tiny',
        prompt,
        max_tokens: 60,
        temperature,
        seed: 1,
      })
      expect(choices.filter(({ text }) => text.includes('\uFFFD'))).toEqual([])
    }
  })

  test('repeats a random text for the same seed, with different choices in one reply', async () => {
    const ask = (seed: number) =>
      server.client.completions.create({
        model: 'tiny',
        prompt: '<|im_start|>user\nWrite something<|im_end|>\n<|im_start|>assistant\n',
        temperature: 2,
        seed,
        n: 2,
        max_tokens: 20,
      })
    const [first, again, other] = [await ask(1), await ask(1), await ask(99)]
    expect(again.choices).toEqual(first.choices)
    expect(other.choices).not.toEqual(first.choices)
    expect(first.choices[1]?.text).not.toBe(first.choices[0]?.text)
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
