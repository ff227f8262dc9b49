import { describe, expect, test } from '@jest/globals'
import { json, type Script, sse } from '../../../testing/stand-ins/provider.ts'
import { startGuarded } from '../../support/start-guarded.ts'

const words = { MODERATION: 'words', MODERATION_WORDS: '禁止词语\n[ads]\nbuy now', MODERATION_ANSWERS: 'window' }
const messages = [{ role: 'user' as const, content: 'hi' }]
const usage = { prompt_tokens: 11, completion_tokens: 50, total_tokens: 61 }

const event = (fields: object): string => `data: ${JSON.stringify({ id: 'a', created: 1, model: 'm', ...fields })}\n\n`
const delta = (content: string, end: string | null = null): string =>
  event({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: end }] })
const piece = (text: string, end: string | null = null): string =>
  event({ object: 'text_completion', choices: [{ index: 0, text, finish_reason: end }] })
const end = [event({ object: 'chat.completion.chunk', choices: [], usage }), 'data: [DONE]\n\n']

/** A stream of a forbidden answer that never ends by itself. */
const forbidden = (write: typeof delta): Script => sse(write('很好'), write('，禁止'), write('词语，然后'), 'hang')

describe('a streamed chat whose answer holds a listed word', () => {
  test('ends with content_filter, without a character of it; its provider is stopped; what was sent is charged (R117)', async () => {
    const { client, provider, records } = await startGuarded('chat/completions', () => forbidden(delta), {
      environment: words,
    })
    const stream = client.chat.completions.stream({ model: 'm', messages, stream_options: { include_usage: true } })
    const reply = await stream.finalChatCompletion()
    expect(reply.choices).toMatchObject([{ finish_reason: 'content_filter', message: { content: '很好' } }])
    await provider.requests[0]?.closed
    expect(records).toMatchObject([
      {
        metadata: {
          outcome: 'filtered',
          estimated: true,
          safety: { verdict: 'block', part: 'answer', by: 'words', label: 'words', at: 3 },
        },
      },
    ])
    const { usage: charged, points } = records[0] ?? {}
    expect(charged?.completion_tokens).toBeGreaterThan(0)
    expect(charged?.completion_tokens).toBeLessThanOrEqual(2)
    expect(points).toBe(charged?.total_tokens)
    expect(reply.usage).toMatchObject({ total_tokens: charged?.total_tokens, estimated: true })
    expect(JSON.stringify(records)).not.toContain('词语')
  })

  test('is sent up to the word in completions, too (R117)', async () => {
    const { client, records } = await startGuarded('completions', () => forbidden(piece), {
      environment: words,
      entry: { completions_mode: 'native' },
    })
    let text = ''
    const reasons: unknown[] = []
    for await (const { choices } of await client.completions.create({ model: 'm', prompt: 'hi', stream: true })) {
      text += choices[0]?.text
      reasons.push(choices[0]?.finish_reason)
    }
    expect(text).toBe('很好')
    expect(reasons.at(-1)).toBe('content_filter')
    expect(records).toMatchObject([{ metadata: { outcome: 'filtered' } }])
  })

  test('is recorded even if nothing was sent: the prompt is charged', async () => {
    const { client, records } = await startGuarded('chat/completions', () => sse(delta('禁止词语'), 'hang'), {
      environment: { ...words, MODERATION_REFUSAL: '抱歉。' },
    })
    const reply = await client.chat.completions.stream({ model: 'm', messages }).finalChatCompletion()
    expect(reply.choices).toMatchObject([{ finish_reason: 'content_filter', message: { content: '抱歉。' } }])
    expect(records).toMatchObject([{ usage: { completion_tokens: 0 }, metadata: { outcome: 'filtered' } }])
    expect(records[0]?.usage.prompt_tokens).toBeGreaterThan(0)
  })
})

describe('an ordinary chat whose answers are checked', () => {
  const answer = () => sse(delta('买'), delta('菜，'), delta('buy'), delta(' later'), delta('', 'stop'), ...end)

  test.each(['window', 'whole'])('reaches the client unchanged in mode %s', async (mode) => {
    const environment = { ...words, MODERATION_ANSWERS: mode }
    const { client, records } = await startGuarded('chat/completions', answer, { environment })
    const stream = client.chat.completions.stream({ model: 'm', messages, stream_options: { include_usage: true } })
    const reply = await stream.finalChatCompletion()
    expect(reply.choices).toMatchObject([{ finish_reason: 'stop', message: { content: '买菜，buy later' } }])
    expect(reply.usage).toMatchObject(usage)
    expect(records).toMatchObject([{ usage, metadata: { outcome: 'complete', safety: { verdict: 'pass' } } }])
  })

  test('keeps its error if it breaks off, and what came is charged', async () => {
    const { client, records } = await startGuarded('chat/completions', () => sse(delta('很好 buy'), 'cut'), {
      environment: words,
    })
    let text = ''
    const read = async () => {
      for await (const { choices } of await client.chat.completions.create({ model: 'm', messages, stream: true }))
        text += choices[0]?.delta.content
    }
    await expect(read()).rejects.toThrow()
    expect(text).toBe('很好 buy')
    expect(records).toMatchObject([{ metadata: { outcome: 'upstream_cut' } }])
  })

  test('is not held back if the entry checks prompts only, and not checked at all if it says off', async () => {
    const bad = () => sse(delta('buy now'), delta('', 'stop'), ...end)
    const readText = async (moderation: string, content: string) => {
      const { client, records } = await startGuarded('chat/completions', bad, {
        environment: words,
        entry: { moderation },
      })
      const ask = { model: 'm', messages: [{ role: 'user' as const, content }] }
      const reply = await client.chat.completions.stream(ask).finalChatCompletion()
      return { content: reply.choices[0]?.message.content, safety: records[0]?.metadata['safety'] }
    }
    expect(await readText('prompt', 'hi')).toMatchObject({
      content: 'buy now',
      safety: { verdict: 'pass', part: 'prompt' },
    })
    expect(await readText('off', 'buy now')).toEqual({ content: 'buy now', safety: undefined })
  })
})

describe('a whole answer with a listed word', () => {
  const choice = (index: number, content: string) => ({
    index,
    message: { role: 'assistant', content },
    finish_reason: 'stop',
  })

  test('reaches the client without its text, and its other choices unchanged (R117)', async () => {
    const choices = [choice(0, 'so buy now!'), choice(1, 'fine')]
    const { client, records } = await startGuarded('chat/completions', () => json({ id: 'a', choices, usage }), {
      environment: words,
    })
    const reply = await client.chat.completions.create({ model: 'm', messages, n: 2 })
    expect(reply.choices).toMatchObject([
      { index: 0, finish_reason: 'content_filter', message: { content: null } },
      { index: 1, finish_reason: 'stop', message: { content: 'fine' } },
    ])
    expect(JSON.stringify(reply)).not.toContain('buy')
    expect(records).toMatchObject([
      { usage: { prompt_tokens: 11 }, metadata: { outcome: 'filtered', safety: { label: 'ads', part: 'answer' } } },
    ])
    expect(records[0]?.usage.completion_tokens).toBeLessThan(5)
  })

  test('is charged as its provider counts if it holds none', async () => {
    const { client, records } = await startGuarded(
      'chat/completions',
      () => json({ id: 'a', choices: [choice(0, 'fine')], usage }),
      { environment: words },
    )
    expect((await client.chat.completions.create({ model: 'm', messages })).usage).toMatchObject(usage)
    expect(records).toMatchObject([{ usage, metadata: { outcome: 'complete' } }])
  })
})

test("a model that asks for a check gets no call while the gateway's own is off (R112)", async () => {
  const { client, provider, lines } = await startGuarded('chat/completions', () => json({}), {
    entry: { moderation: 'window' },
  })
  await expect(client.chat.completions.create({ model: 'm', messages })).rejects.toMatchObject({ status: 503 })
  expect(provider.requests).toHaveLength(0)
  expect(lines).toContainEqual(expect.objectContaining({ event: 'moderation_misconfigured' }))
})
