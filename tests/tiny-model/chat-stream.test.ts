import { describe, expect, test } from '@jest/globals'
import { messages, post, tinyServer } from './tiny-client.ts'

/** The JSON of each server-sent event of a reply, and the text of its last event. */
const readEvents = async (response: Response): Promise<{ chunks: Record<string, unknown>[]; last: string }> => {
  const events = (await response.text()).split('\n\n')
  expect(events.pop()).toBe('')
  const last = events.pop() ?? ''
  return { chunks: events.map((event) => JSON.parse(event.replace(/^data: /, ''))), last }
}

const server = tinyServer()

describe('a streamed chat completion of the embedded model', () => {
  test.each(['你好', '讲个笑话', 'Count to 30', 'Who are you?'])(
    'sends "%s" in deltas of whole characters that add up to the whole reply',
    async (content) => {
      const whole = await server.client.chat.completions.create({ model: 'tiny', messages: messages(content) })
      const stream = await server.client.chat.completions.create({
        model: 'tiny',
        messages: messages(content),
        stream: true,
      })
      const deltas: string[] = []
      for await (const chunk of stream) deltas.push(chunk.choices[0]?.delta.content ?? '')
      expect(deltas.filter((delta) => delta.includes('\uFFFD'))).toEqual([])
      expect(deltas.join('')).toBe(whole.choices[0]?.message.content)
    },
  )

  test('sends the role first, then the finish reason and [DONE], under one id and without usage', async () => {
    const response = await post(server, '/v1/chat/completions', {
      model: 'tiny',
      messages: messages('ping'),
      stream: true,
    })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const { chunks, last } = await readEvents(response)
    expect(last).toBe('data: [DONE]')
    expect(chunks[0]).toMatchObject({ choices: [{ delta: { role: 'assistant', content: '' }, finish_reason: null }] })
    expect(chunks.at(-1)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'stop' }] })
    expect(
      new Set(chunks.map(({ id, created, model, object }) => JSON.stringify([id, created, model, object]))).size,
    ).toBe(1)
    expect(chunks.filter((chunk) => 'usage' in chunk)).toEqual([])
  })

  test('sends the usage in a chunk of its own if stream_options asks for it', async () => {
    const { chunks } = await readEvents(
      await post(server, '/v1/chat/completions', {
        model: 'tiny',
        messages: messages('Count to 12.'),
        stream: true,
        stream_options: { include_usage: true },
      }),
    )
    expect(chunks.pop()).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 20, completion_tokens: 27, total_tokens: 47 },
    })
    expect(chunks.filter(({ usage }) => usage !== null)).toEqual([])
  })

  test('streams n choices side by side', async () => {
    const stream = await server.client.chat.completions.create({
      model: 'tiny',
      messages: messages('ping'),
      n: 2,
      stream: true,
    })
    const texts = ['', '']
    const ends: number[] = []
    for await (const { choices } of stream) {
      for (const { index, delta, finish_reason } of choices) {
        texts[index] += delta.content ?? ''
        if (finish_reason) ends.push(index)
      }
    }
    expect(texts).toEqual(['pong', 'pong'])
    expect(ends.sort()).toEqual([0, 1])
  })
})
