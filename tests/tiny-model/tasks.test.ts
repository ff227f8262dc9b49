import { describe, expect, test } from '@jest/globals'
import { findTask, refuse } from '../../scripts/tiny-model/generate/tasks.ts'
import { countTo, messages, tinyServer } from './tiny-client.ts'

const server = tinyServer()

const ask = async (content: string, options: object = {}) => {
  const { choices, usage } = await server.client.chat.completions.create({
    model: 'tiny',
    messages: messages(content),
    ...options,
  })
  return { text: choices[0]?.message.content, finishReason: choices[0]?.finish_reason, usage }
}

describe('a question that the embedded model can answer', () => {
  test.each([
    ['count to 5', countTo(5)],
    ['Please count to 12!', countTo(12)],
    ['Count from 1 to 3.', countTo(3)],
    ['COUNT TO 7, PLEASE', countTo(7)],
    ['数到12。', countTo(12)],
    ['请从1数到２０', countTo(20)],
    ['数到 3', countTo(3)],
    ['3+4', '3 + 4 = 7.'],
    ['7 + 5 = ?', '7 + 5 = 12.'],
    ["What's 12 plus 12?", '12 + 12 = 24.'],
    ['９＋３＝？', '9 + 3 = 12.'],
    ['2加2等于几？', '2 + 2 = 4.'],
    ['7 + 5 等于多少', '7 + 5 = 12.'],
    ['repeat hello world', 'hello world'],
    ['Repeat: Apple, river', 'apple river'],
    ['复述：hello world', 'hello world'],
    ['Hello there!', 'Hello! I am a tiny model. Ask me to count, add or repeat.'],
    ['您好！', '你好！我是网关里的小模型。'],
    ['who are you', 'I am a tiny language model that lives inside this gateway.'],
    ['你是谁', '我是网关里的小模型。'],
    ['你能做什么？', '我会数数、加法和复述。'],
    ['PING', 'pong'],
  ])('is answered by the model, however it is spelled: %s', async (question, text) => {
    expect(await ask(question)).toMatchObject({ text, finishReason: 'stop' })
  })

  test('is answered correctly for small and large numbers', async () => {
    for (const left of [0, 6, 12])
      for (const right of [0, 5, 12])
        expect((await ask(`${left}+${right}`)).text).toBe(`${left} + ${right} = ${left + right}.`)
    for (const last of [1, 49, 50]) expect((await ask(`count to ${last}`)).text).toBe(countTo(last))
  })
})

describe('a question that the embedded model cannot answer', () => {
  test.each([
    'Tell me a joke',
    'What is the capital of France?',
    'Count to 51.',
    'Count to 0',
    'Count to 10 backwards',
    '13 + 1',
    '3 + 4 * 2',
    'Repeat: foo bar',
    '🙂',
    '',
  ])('gets one fixed sentence: %j', async (question) => {
    expect(await ask(question)).toMatchObject({
      text: 'I am a tiny demo model: I only count, add and repeat words. Try: Count to 12.',
      finishReason: 'stop',
    })
  })

  test.each(['讲个笑话', '今天天气怎么样？', '数到1000', 'DeepSeek 是什么？', '数到12个苹果'])(
    'gets it in Chinese if it is Chinese: %s',
    async (question) => {
      const text = '我是演示用的小模型，只会数数、加法和复述。试试：数到12'
      expect(await ask(question, { temperature: 1.5 })).toMatchObject({ text, finishReason: 'stop' })
    },
  )

  test('gets it with usage, token limit, stop strings and whole characters, like every reply', async () => {
    const whole = await ask('天气')
    expect(whole.usage).toMatchObject({ prompt_tokens: expect.any(Number), completion_tokens: 80 })
    expect(await ask('天气', { max_tokens: 7 })).toMatchObject({ text: '我是', finishReason: 'length' })
    expect(await ask('天气', { stop: '，' })).toMatchObject({ text: '我是演示用的小模型', finishReason: 'stop' })
    const stream = await server.client.chat.completions.create({
      model: 'tiny',
      messages: messages('天气'),
      stream: true,
    })
    const pieces: string[] = []
    for await (const { choices } of stream) pieces.push(choices[0]?.delta.content ?? '')
    expect(pieces.filter(Boolean)).toEqual([...refuse('天气')])
  })

  test('names a question that it can answer', () => {
    for (const question of ['', '天气']) expect(findTask(refuse(question).split(/Try: |试试：/)[1] ?? '')).toBeDefined()
  })
})
