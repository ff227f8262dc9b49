import { describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { windowBounds } from '../../../shared/safety/answers/service-windows.ts'
import { type Step, sse } from '../../../testing/stand-ins/provider.ts'
import { startTms, tmsKey } from '../../../testing/stand-ins/text-checkers.ts'
import { onCleanup } from '../../support/on-cleanup.ts'
import { readMessage } from '../../support/read-message.ts'
import { startGuarded } from '../../support/start-guarded.ts'

const usage = { prompt_tokens: 11, completion_tokens: 50, total_tokens: 61 }
const event = (fields: object): string => `data: ${JSON.stringify({ id: 'a', created: 1, model: 'm', ...fields })}\n\n`
const chat = (content: string, reason: string | null = null): string =>
  event({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: reason }] })
const completion = (text: string, reason: string | null = null): string =>
  event({ object: 'text_completion', choices: [{ index: 0, text, finish_reason: reason }] })

/** What a client has at the end of a stream: its text, and why it ended in the words of its wire. */
interface Read {
  readonly text: string
  readonly end: unknown
}

/** A wire: how its provider writes text, and how its client reads a stream. */
interface TestedWire {
  readonly operation: 'chat/completions' | 'completions' | 'responses' | 'messages'
  readonly write: (text: string, reason?: string | null) => string
  readonly read: (client: OpenAI, url: string) => Promise<Read>
  readonly filtered: unknown
  readonly complete: unknown
}

const prompt = [{ role: 'user' as const, content: 'hi' }]

const wires: Readonly<Record<string, TestedWire>> = {
  chat: {
    operation: 'chat/completions',
    write: chat,
    filtered: 'content_filter',
    complete: 'stop',
    read: async (client) => {
      const { choices } = await client.chat.completions.stream({ model: 'm', messages: prompt }).finalChatCompletion()
      return { text: choices[0]?.message.content ?? '', end: choices[0]?.finish_reason }
    },
  },
  completions: {
    operation: 'completions',
    write: completion,
    filtered: 'content_filter',
    complete: 'stop',
    read: async (client) => {
      let text = ''
      let end: unknown
      for await (const { choices } of await client.completions.create({ model: 'm', prompt: 'hi', stream: true })) {
        text += choices[0]?.text ?? ''
        end = choices[0]?.finish_reason ?? end
      }
      return { text, end }
    },
  },
  responses: {
    operation: 'responses',
    write: chat,
    filtered: ['incomplete', 'content_filter'],
    complete: ['completed', undefined],
    read: async (client) => {
      const response = await client.responses.stream({ model: 'm', input: 'hi' }).finalResponse()
      return { text: response.output_text, end: [response.status, response.incomplete_details?.reason] }
    },
  },
  messages: {
    operation: 'messages',
    write: chat,
    filtered: 'refusal',
    complete: 'end_turn',
    read: async (_, url) => {
      const body = JSON.stringify({ model: 'm', max_tokens: 9, messages: prompt, stream: true })
      const { blocks, stopReason, complete } = readMessage(
        await (await fetch(`${url}/v1/messages`, { method: 'POST', body })).text(),
      )
      return { text: blocks.map(({ text }) => text).join(''), end: complete ? stopReason : 'no end' }
    },
  },
}

const cut = (text: string, size: number): string[] => text.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? []

/** Starts a wire whose provider writes a given text in pieces. Resolves with what asks for it. */
const startWire = async ({ operation, write, read }: TestedWire, environment: Record<string, string>) => {
  let steps: Step[] = []
  const entry = operation === 'completions' ? { completions_mode: 'native' } : {}
  const { url, records } = await startGuarded(operation, () => sse(...steps), { environment, entry })
  const replies: string[] = []
  const client = new OpenAI({
    ...{ baseURL: `${url}/v1`, apiKey: 'unused', maxRetries: 0 },
    fetch: async (...request) => {
      const reply = await fetch(...request)
      void reply
        .clone()
        .text()
        .then((text) => replies.push(text))
      return reply
    },
  })
  return {
    records,
    /** The bytes of the latest reply, if the official client read it. */
    getReply: () => replies.at(-1) ?? '',
    ask: (text: string, size: number): Promise<Read> => {
      steps = [...cut(text, size).map((piece) => write(piece)), write('', 'stop')]
      steps.push(event({ choices: [], usage }), 'data: [DONE]\n\n')
      return read(client, url)
    },
  }
}

const filler = '这是一段很普通的文字，讲的是天气和菜价。It is plain text. '

describe.each(Object.entries(wires))('a stream of %s with a listed word', (_, wire) => {
  const word = '黑名单词'
  const environment = { MODERATION: 'words', MODERATION_WORDS: `${word}\n黑名x`, MODERATION_ANSWERS: 'window' }

  test('ends as its clients expect, without a character of the word, at every place and for every chunk (R114)', async () => {
    const { ask, getReply, records } = await startWire(wire, environment)
    for (const size of [1, 2, 3, 5, 40])
      for (let place = 0; place < 10; place += 1) {
        const before = filler.slice(0, place)
        const { text, end } = await ask(`${before}${word}，后面还有${filler}`, size)
        expect({ size, place, end }).toEqual({ size, place, end: wire.filtered })
        expect(before.startsWith(text)).toBe(true)
        expect(text.length).toBeGreaterThan(before.length - size)
        expect(`${text}${getReply()}`).not.toMatch(/[黑名单词]|后面/)
        expect(records.at(-1)).toMatchObject({ metadata: { outcome: 'filtered', safety: { at: place } } })
      }
  })

  test('loses nothing if it holds none (R116)', async () => {
    const { ask, records } = await startWire(wire, environment)
    for (const size of [1, 2, 7, 60]) {
      const text = `黑${filler}黑名单${filler}黑名`
      expect(await ask(text, size)).toEqual({ text, end: wire.complete })
      expect(records.at(-1)).toMatchObject({ usage, metadata: { outcome: 'complete', safety: { verdict: 'pass' } } })
    }
  })
})

describe.each(Object.entries(wires))('a stream of %s with a text that a service blocks', (_, wire) => {
  test('ends as its clients expect, without a character of it, around the edges of windows (R114)', async () => {
    const tms = await startTms()
    onCleanup(tms.close)
    const key = { TMS_SECRET_ID: tmsKey.secretId, TMS_SECRET_KEY: tmsKey.secretKey }
    const environment = { MODERATION: 'tms', TMS_ORIGIN: tms.url, ...key, MODERATION_ANSWERS: 'window' }
    const { ask, getReply } = await startWire(wire, environment)
    const { most, sentence, tail } = windowBounds
    const edges = [sentence, most, 2 * most]
    const places = [
      0,
      ...edges.flatMap((edge) => [edge - tail, edge - 4, edge - 3, edge - 2, edge - 1, edge, edge + 1]),
    ]
    for (const place of places)
      for (const size of [7, 64]) {
        const before = `${'a'.repeat(sentence - 1)}。${'b'.repeat(700)}`.slice(0, place)
        const { text, end } = await ask(`${before}违禁内容${'c'.repeat(200)}`, size)
        expect({ size, place, end }).toEqual({ size, place, end: wire.filtered })
        expect(before.startsWith(text)).toBe(true)
        expect(`${text}${getReply()}`).not.toMatch(/[违禁内容]/)
      }
  })
})
