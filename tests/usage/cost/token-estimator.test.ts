import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { tokenSamples } from '../../../bench/token-samples.ts'
import type { JsonObject } from '../../../shared/runtime/json.ts'
import { estimatePromptTokens } from '../../../shared/usage/cost/prompt-tokens.ts'
import { createTokenEstimator, estimateTokens } from '../../../shared/usage/cost/token-estimator.ts'

const getError = (text: string): number => Math.abs(estimateTokens(text) / countTokens(text) - 1)

describe('the token estimate', () => {
  test.each([
    ['fit', 0.25],
    ['check', 0.15],
  ] as const)('is within 8 %% for half of the %s sample, and within %d for all of it', (set, worst) => {
    const errors = tokenSamples[set].map(({ text }) => getError(text)).sort((one, other) => one - other)
    expect(errors.at(-1)).toBeLessThan(worst)
    expect(errors[errors.length / 2]).toBeLessThan(0.08)
  })

  test('does not depend on where the text is cut', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 20 })
    fc.assert(
      fc.property(texts, (pieces) => {
        const estimator = createTokenEstimator()
        for (const piece of pieces) estimator.add(piece)
        expect(estimator.tokens()).toBe(estimateTokens(pieces.join('')))
      }),
    )
  })

  test('is an integer that never falls, 0 for nothing and above 0 for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        expect(Number.isSafeInteger(estimateTokens(one))).toBe(true)
        expect(estimateTokens(one + other)).toBeGreaterThanOrEqual(estimateTokens(one))
      }),
    )
    expect(estimateTokens('')).toBe(0)
    for (const text of ['a', '好', 'か', '한', 'я', '7', '。', '!', '🙂', ' ', '\t\t'])
      expect(estimateTokens(text)).toBeGreaterThan(0)
  })
})

describe('the estimate of a prompt', () => {
  test('counts messages in all their forms, tools, and a frame for each message', () => {
    const text = '请把这句话翻译成英文。'
    const plain = estimatePromptTokens({ messages: [{ role: 'user', content: text }] })
    const parts = estimatePromptTokens({ messages: [{ role: 'user', content: [{ type: 'text', text }] }] })
    expect(plain).toBeGreaterThan(estimateTokens(text) + 3)
    expect(parts).toBeGreaterThanOrEqual(plain)
    expect(estimatePromptTokens({ messages: [], tools: [{ function: { name: 'look_up' } }] })).toBeGreaterThan(0)
  })

  test.each(['tools', 'functions', 'response_format'])('counts the names of arguments in %s', (field) => {
    const name = 'Once upon a time '.repeat(100)
    const schema = { type: 'object', properties: { [name]: {} } }
    expect(estimatePromptTokens({ messages: [], [field]: [{ parameters: schema }] })).toBeGreaterThan(
      estimateTokens(name),
    )
  })

  test.each<[string, object]>([
    ['picture', { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(100_000)}` } }],
    ['bare picture', { type: 'image_url', image_url: `data:image/png;base64,${'A'.repeat(100_000)}` }],
    ['file', { type: 'file', file: { file_data: `data:application/pdf;base64,${'A'.repeat(100_000)}` } }],
    ['recording', { type: 'input_audio', input_audio: { data: 'A'.repeat(100_000), format: 'wav' } }],
    ['picture by its URL', { type: 'image_url', image_url: { url: 'https://a.cn/b.png' } }],
    ['bare picture by its URL', { type: 'image_url', image_url: 'https://a.cn/b.png' }],
    ['film by its URL', { type: 'video_url', video_url: { url: 'https://a.cn/b.mp4' } }],
    ['file by its id', { type: 'file', file: { file_id: 'file-1' } }],
  ])('charges 1,000 for a %s, whatever its size', (_, part) => {
    const content = [part, { type: 'text', text: 'x' }]
    expect(estimatePromptTokens({ messages: [{ role: 'user', content }] })).toBeGreaterThanOrEqual(1_000)
    expect(estimatePromptTokens({ messages: [{ role: 'user', content }] })).toBeLessThan(1_030)
  })

  const empty = 'data:;base64,'
  const text = '你好世界。'.repeat(1_000)
  const hidden = { type: 'image_url', image_url: { url: `${empty}${text}` } }
  const message = (fields: object) => ({ messages: [{ role: 'user', ...fields }] })

  test.each<[string, JsonObject]>([
    ['a message that looks like a picture', message({ content: text, type: 'image_url', image_url: { url: empty } })],
    [
      'a message that looks like a recording',
      message({ content: text, type: 'input_audio', input_audio: { data: '' } }),
    ],
    ['a picture', message({ content: [{ type: 'image_url', image_url: empty, text }] })],
    ['the data of a file', message({ content: [{ type: 'file', file: { file_data: empty, filename: text } }] })],
    ['the data of a film', message({ content: [{ type: 'video_url', video_url: { url: empty, caption: text } }] })],
    ['a tool that looks like a file', { tools: [{ type: 'file', file: { file_data: empty }, description: text }] }],
  ])('counts all text beside %s', (_, body) => {
    expect(estimatePromptTokens(body)).toBeGreaterThanOrEqual(estimateTokens(text))
  })

  test.each<[string, JsonObject]>([
    ['a schema', { tools: [{ function: { parameters: hidden } }] }],
    ['arguments', message({ tool_calls: [{ function: { arguments: { content: [hidden] } } }] })],
    ['a prompt', { prompt: [hidden] }],
  ])('counts an object that looks like a picture in %s as text', (_, body) => {
    expect(estimatePromptTokens(body)).toBeGreaterThanOrEqual(estimateTokens(text))
  })

  test.each<[string, JsonObject]>([
    [
      'as the whole content',
      message({ content: { type: 'image_url', image_url: { url: `${empty}${'A'.repeat(9_000)}` } } }),
    ],
    [
      'within a part',
      message({
        content: [{ type: 'tool_result', content: [{ type: 'image_url', image_url: { url: `${empty}AAAA` } }] }],
      }),
    ],
  ])('charges a picture %s as one picture', (_, body) => {
    expect(estimatePromptTokens(body)).toBeGreaterThanOrEqual(1_000)
    expect(estimatePromptTokens(body)).toBeLessThan(1_030)
  })

  test('charges each of several attachments', () => {
    const picture = () => ({ type: 'image_url', image_url: { url: empty, detail: 'low' } })
    const counted = estimatePromptTokens(message({ content: [picture(), picture(), picture()] }))
    expect(counted).toBeGreaterThanOrEqual(3_000)
    expect(counted).toBeLessThan(3_050)
  })

  test('counts text that looks like data, in any place', () => {
    const spaced = `data: ${'every word counts '.repeat(1_000)}`
    const disguised = `data:text/plain;base64,${'every word counts '.repeat(1_000)}`
    for (const text of [spaced, disguised]) {
      const parts = [text, [{ type: 'text', text }], [{ type: 'image_url', image_url: { url: spaced } }]]
      for (const content of parts) {
        expect(estimatePromptTokens({ messages: [{ role: 'user', content }] })).toBeGreaterThan(2_500)
      }
    }
  })

  test('does not count settings', () => {
    expect(estimatePromptTokens({ messages: [], user: 'x'.repeat(1_000), metadata: { note: 'y'.repeat(1_000) } })).toBe(
      0,
    )
  })

  test('counts prompts of every form: a text, texts, tokens, lists of tokens', () => {
    expect(estimatePromptTokens({ prompt: 'Once upon a time' })).toBe(estimateTokens('Once upon a time '))
    expect(estimatePromptTokens({ prompt: ['one', 'two'] })).toBe(estimateTokens('one two '))
    expect(estimatePromptTokens({ prompt: [1, 2, 3] })).toBe(3)
    expect(estimatePromptTokens({ prompt: [[1, 2], [3]] })).toBe(3)
  })

  test('counts a body of any depth', () => {
    let deep: unknown = 'end'
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(estimatePromptTokens({ messages: deep })).toBeGreaterThan(0)
  })
})
