import { beforeAll, describe, expect, test } from '@jest/globals'
import { encodeChatPrompt } from '../../scripts/tiny-model/generate/chat-prompt.ts'
import { ContextLengthError } from '../../scripts/tiny-model/generate/context-limit.ts'
import { type GenerateOptions, type GenerationEnd, generate } from '../../scripts/tiny-model/generate/generate.ts'
import { createSampler, type SamplerOptions } from '../../scripts/tiny-model/generate/sampler.ts'
import { loadTinyModel, type TinyModel } from '../../scripts/tiny-model/generate/tiny-model.ts'
import { countTo } from './tiny-client.ts'

type Result = GenerationEnd & Readonly<{ pieces: string[]; text: string; promptTokens: number }>

const greedy: SamplerOptions = { temperature: 0, topP: 1, seed: 0 }

let model: TinyModel

beforeAll(async () => {
  model = await loadTinyModel()
})

const run = async (prompt: readonly number[], options: Partial<GenerateOptions> = {}): Promise<Result> => {
  const pieces: string[] = []
  const generation = generate(model, prompt, {
    choose: createSampler(greedy),
    stop: [],
    maxTokens: Number.POSITIVE_INFINITY,
    delayMs: 0,
    signal: new AbortController().signal,
    ...options,
  })
  let next = await generation.next()
  while (!next.done) {
    pieces.push(next.value)
    next = await generation.next()
  }
  return { ...next.value, pieces, text: pieces.join(''), promptTokens: prompt.length }
}

const ask = (content: string, options: Partial<GenerateOptions> = {}): Promise<Result> =>
  run(encodeChatPrompt(model.tokenizer, [{ role: 'user', content }]), options)

describe('generation', () => {
  test.each<[string, string, number, number]>([
    ['Count to 12.', countTo(12), 20, 27],
    ['Count to 30', countTo(30), 19, 81],
    ['Count to 50.', countTo(50), 20, 141],
    ['数到8', countTo(8), 21, 16],
    ['What is 7 + 5?', '7 + 5 = 12.', 23, 11],
    ['9+3=?', '9 + 3 = 12.', 19, 11],
    ['Repeat: cloud gateway token', 'cloud gateway token', 20, 5],
    ['你好', '你好！我是网关里的小模型。', 20, 39],
    ['Who are you?', 'I am a tiny language model that lives inside this gateway.', 22, 29],
  ])('replies to "%s" with "%s" and counts its tokens', async (content, text, promptTokens, completionTokens) => {
    expect(await ask(content)).toMatchObject({ text, promptTokens, completionTokens, finishReason: 'stop' })
  })

  test('never cuts a character between its bytes', async () => {
    const { pieces, completionTokens } = await ask('你好')
    expect(pieces).toEqual([...'你好！我是网关里的小模型。'])
    expect(completionTokens).toBe(3 * pieces.length)
  })

  test('omits a character that the token limit cuts, and counts its tokens', async () => {
    expect(await ask('你好', { maxTokens: 5 })).toMatchObject({
      text: '你',
      completionTokens: 5,
      finishReason: 'length',
    })
  })

  test('finishes with length at the token limit, even if only the end token is missing', async () => {
    expect(await ask('Count to 12.', { maxTokens: 27 })).toMatchObject({ text: countTo(12), finishReason: 'length' })
    expect(await ask('Count to 12.', { maxTokens: 28 })).toMatchObject({ completionTokens: 27, finishReason: 'stop' })
  })

  test('stops at a stop string that spans tokens, and sends none of it', async () => {
    const result = await ask('Count to 30', { stop: ['never', ' 13 14'] })
    expect(result).toMatchObject({ text: '1 2 3 4 5 6 7 8 9 10 11 12', finishReason: 'stop' })
    expect(result.completionTokens).toBe(model.tokenizer.encode('1 2 3 4 5 6 7 8 9 10 11 12 13 14').length)
  })

  test('sends text that only begins like a stop string', async () => {
    expect(await ask('Count to 12.', { stop: ['12.!'] })).toMatchObject({ text: countTo(12), finishReason: 'stop' })
    expect(await ask('Count to 12.', { stop: ['12.!'], maxTokens: 26 })).toMatchObject({
      text: countTo(12).slice(0, -1),
      finishReason: 'length',
    })
  })

  test('finishes with length at the end of the context', async () => {
    const prompt = encodeChatPrompt(model.tokenizer, [
      { role: 'system', content: 'a '.repeat(480) },
      { role: 'user', content: 'Hi' },
    ]).slice(-500)
    const neverEnding = () => model.tokenizer.encode('a')[0] ?? 0
    expect(await run(prompt, { choose: neverEnding })).toMatchObject({
      text: 'a'.repeat(12),
      completionTokens: 12,
      finishReason: 'length',
    })
  })

  test('accepts a prompt that leaves room for one token and rejects a longer one', async () => {
    const prompt = Array<number>(511).fill(65)
    expect(await run(prompt, { choose: () => 65 })).toMatchObject({ completionTokens: 1, finishReason: 'length' })
    await expect(run([...prompt, 65])).rejects.toThrow(ContextLengthError)
  })

  test('ends as soon as its signal aborts', async () => {
    const client = new AbortController()
    let tokens = 0
    const choose = (logits: Float32Array) => {
      tokens++
      if (tokens === 5) client.abort()
      return createSampler(greedy)(logits)
    }
    await expect(ask('Count to 50.', { choose, signal: client.signal })).rejects.toThrow('aborted')
    expect(tokens).toBe(5)
  })

  test('leaves the event loop free between tokens', async () => {
    let turns = 0
    let running = true
    const turn = () => {
      turns++
      if (running) setImmediate(turn)
    }
    turn()
    const { completionTokens } = await ask('Count to 50.')
    running = false
    expect(completionTokens).toBe(141)
    expect(turns).toBeGreaterThanOrEqual(completionTokens)
  })
})

describe('the sampler', () => {
  const hot = (seed: number) =>
    ask('Tell me a joke', { choose: createSampler({ temperature: 2, topP: 1, seed }), maxTokens: 20 })

  test('makes the same choices for the same seed, and different ones for another seed', async () => {
    const [first, again, other] = [await hot(7), await hot(7), await hot(8)]
    expect(again.text).toBe(first.text)
    expect(other.text).not.toBe(first.text)
  })

  test('takes the best token at temperature 0', () => {
    expect(createSampler(greedy)(Float32Array.of(-3, 2, 1, 2))).toBe(1)
  })

  test('draws tokens according to their probabilities', () => {
    const choose = createSampler({ temperature: 1, topP: 1, seed: 1 })
    const logits = Float32Array.of(Math.log(0.5), Math.log(0.3), Math.log(0.2))
    const drawn = Array.from({ length: 10_000 }, () => choose(logits))
    const share = (token: number) => drawn.filter((other) => other === token).length / drawn.length
    expect([share(0), share(1), share(2)].map((value) => value.toFixed(1))).toEqual(['0.5', '0.3', '0.2'])
  })

  test('keeps only the likeliest tokens that together reach top_p', () => {
    const choose = createSampler({ temperature: 1, topP: 0.75, seed: 1 })
    const logits = Float32Array.of(Math.log(0.2), Math.log(0.5), Math.log(0.3))
    const drawn = new Set(Array.from({ length: 1000 }, () => choose(logits)))
    expect([...drawn].sort()).toEqual([1, 2])
  })

  test('takes the best token when top_p is 0', () => {
    expect(createSampler({ temperature: 2, topP: 0, seed: 3 })(Float32Array.of(0, 1, 0.5))).toBe(1)
  })
})
