import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  json,
  type Script,
  type ScriptedProvider,
  type Step,
  scriptedProvider,
  sse,
} from '../../../testing/stand-ins/provider.ts'
import { caller, createTestProvider, routeTo, timeouts } from '../../support/call-provider.ts'
import { readStream } from '../../support/read-stream.ts'

/** A response is complete when each choice has its reason. Nothing that comes after it, or does not come, changes that. */

let provider: ScriptedProvider
let reply: () => Script
let steps: () => Iterable<Step> | AsyncIterable<Step>

beforeAll(async () => {
  provider = await scriptedProvider(() => reply())
})

beforeEach(() => {
  reply = () => ({ ...sse(), body: steps() })
})

afterAll(() => provider.close())

const call = caller()
/** A call whose deadlines are beyond those of a test. */
const patientCall = caller(createTestProvider({ ...timeouts, idle: 60_000, total: 60_000 }))
const usage = { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 }
const event = (fields: object): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...fields })}\n\n`
const text = (delta: object, reason: string | null = null, index = 0): string =>
  event({ choices: [{ index, delta, finish_reason: reason }] })
const begun = text({ role: 'assistant', content: 'a' })
const ended = text({}, 'stop')
const stated = event({ choices: [], usage })

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The same bytes again and again, for as long as the connection is open. */
const forever = async function* (bytes: string): AsyncGenerator<string> {
  for (let turn = 0; turn < 100; turn++) {
    await pause(100)
    yield bytes
  }
}

/** The one message that the chunks of a stream make. */
const joinChunks = (body: string) => {
  const choices = readStream(body).events.flatMap((one) => one.choices ?? [])
  const content = choices.map((choice) => choice.delta?.content ?? '').join('')
  return { choices: [{ message: { content }, finish_reason: choices.at(-1)?.finish_reason }] }
}

/** Steps with a pause before each but the first. */
const pausing = async function* (pieces: readonly string[], ms: number): AsyncGenerator<string> {
  for (const [turn, piece] of pieces.entries()) {
    if (turn > 0) await pause(ms)
    yield piece
  }
}

/** Steps, and after them more. */
const playAll = async function* (
  before: Iterable<Step>,
  rest: Iterable<Step> | AsyncIterable<Step>,
): AsyncGenerator<string> {
  for (const step of before) yield step as string
  for await (const step of rest) yield step as string
}

const rests: readonly (readonly [title: string, rest: () => Iterable<Step> | AsyncIterable<Step>])[] = [
  ['silence', () => ['hang']],
  ['comments', () => forever(': keep-alive\n\n')],
  ['heartbeats', () => forever('data: {"type":"ping"}\n\n')],
  ['empty chunks', () => forever(text({}))],
  ['the reason again and again', () => forever(ended)],
  ['the end of the connection', () => []],
  ['a reset', () => [pause(50), 'reset']],
  ['broken JSON', () => ['data: {"id":"c","choi\n\n', 'hang']],
  ['text', () => ['data: DONE\n\n', 'hang']],
  ['a page', () => ['<html>502 Bad Gateway</html>', 'cut']],
  ['an error', () => [event({ error: { message: 'shutting down', code: 500 } }), 'hang']],
  ['an event without an end', () => forever(`data: ${'x'.repeat(1_000_000)}`)],
]

describe('a stream whose choices have all ended', () => {
  test.each(rests)('is complete, with its usage, whatever follows: %s (R95)', async (_title, rest) => {
    steps = () => playAll([begun, ended, stated], rest())
    const { body, end } = await call(routeTo(provider.url), { stream: true })
    expect([body, end]).toEqual([
      begun + ended,
      expect.objectContaining({ outcome: 'complete', usage, error: undefined }),
    ])
  })

  test.each(rests)('is complete without a usage too, whatever follows: %s (R95)', async (_title, rest) => {
    steps = () => playAll([begun, ended], rest())
    const { body, end } = await call(routeTo(provider.url), { stream: true })
    expect([body, end]).toEqual([begun + ended, expect.objectContaining({ outcome: 'complete', usage: undefined })])
  })

  test.each(rests)('is complete for a call without stream too, whatever follows: %s (R95)', async (_title, rest) => {
    steps = () => playAll([begun, ended, stated], rest())
    const { choices, usage: told } = JSON.parse((await call(routeTo(provider.url), {})).body)
    expect([choices[0].message.content, choices[0].finish_reason, told]).toEqual(['a', 'stop', usage])
  })

  test('waits for a usage that comes late, and for text', async () => {
    const more = text({ content: 'b' })
    steps = () => [begun, ended, pause(300), more, pause(300), stated, 'hang']
    const { body, end } = await call(routeTo(provider.url), { stream: true })
    expect([body, end?.usage]).toEqual([begun + ended + more, usage])
  })

  test('goes on if the reason comes with each text, also after a pause of 1.5 s, and then a longer one (R95)', async () => {
    const pieces = [text({ content: 'a' }, 'stop'), text({ content: 'b' }, 'stop'), text({ content: 'c' }, 'stop')]
    const [first = '', second = '', third = ''] = pieces
    const played = (): Step[] => [first, pause(1_500), second, pause(2_500), third]
    steps = played
    const { body, end } = await call(routeTo(provider.url), { stream: true })
    expect(readStream(body).events.map((one) => one.choices?.[0]?.delta?.content)).toEqual(['a', 'b', 'c'])
    expect(end?.outcome).toBe('complete')
    steps = played
    const { choices } = JSON.parse((await call(routeTo(provider.url), {})).body)
    expect(choices[0]).toMatchObject({ message: { content: 'abc' }, finish_reason: 'stop' })
  })

  test.each([
    ['a usage in a chunk of its own', stated],
    ['the reason without text', text({}, 'stop')],
    ['[DONE]', 'data: [DONE]\n\n'],
  ])('ends although the reason came with its first text, after %s (R95)', async (_title, sign) => {
    steps = () => [text({ role: 'assistant', content: 'a' }, 'stop'), sign, 'hang']
    const { body, end } = await patientCall(routeTo(provider.url), { stream: true })
    expect([body, end?.outcome]).toEqual([text({ role: 'assistant', content: 'a' }, 'stop'), 'complete'])
  })

  test.each<[string, string[], string]>([
    ['text', [text({ role: 'assistant', content: 'a' }, 'stop')], 'a'],
    ['thoughts', [text({ role: 'assistant', reasoning_content: 'so' }), text({ content: 'a' }, 'stop')], 'a'],
    [
      'a call',
      [text({ role: 'assistant', tool_calls: [{ id: '1', function: { name: 'f', arguments: '{}' } }] }, 'stop')],
      '',
    ],
  ])(
    'is complete long before its deadlines if it is one chunk with the reason, and silence: %s (R95)',
    async (_, chunks, content) => {
      for (const stream of [true, false]) {
        steps = () => [...chunks, 'hang']
        const { body, end } = await patientCall(routeTo(provider.url), { stream })
        if (stream) expect(end).toMatchObject({ outcome: 'complete', error: undefined })
        expect((stream ? joinChunks(body) : JSON.parse(body)).choices[0].message.content ?? '').toBe(content)
      }
    },
  )

  test('goes on if thoughts come first, and then the reason with each text (R95)', async () => {
    const thought = text({ role: 'assistant', reasoning_content: 'so' })
    const pieces = [thought, ...['a', 'b', 'c'].map((content) => text({ content }, 'stop'))]
    steps = () => playAll([], pausing(pieces, 1_500))
    const { body, end } = await call(routeTo(provider.url), { stream: true })
    expect([joinChunks(body).choices[0]?.message.content, end?.outcome]).toEqual(['abc', 'complete'])
  })

  test('is not complete before its last choice has ended', async () => {
    steps = () => [begun, text({}, 'stop'), text({ role: 'assistant', content: 'b' }, null, 1), 'cut']
    const { end } = await call(routeTo(provider.url), { stream: true, n: 2 })
    expect(end?.outcome).toBe('upstream_cut')
  })

  test('gets the reasons that [DONE] leaves out', async () => {
    steps = () => [begun, 'data: [DONE]\n\n']
    const { body, end } = await call(routeTo(provider.url), { stream: true })
    expect(end?.outcome).toBe('complete')
    expect(readStream(body).events.at(-1)?.choices).toEqual([{ index: 0, delta: {}, finish_reason: 'stop' }])
  })
})

describe('a document on a connection that stays open', () => {
  const document = {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'a' }, finish_reason: 'stop' as string | null }],
    usage,
  }
  const open = { ...document, choices: [{ ...document.choices[0], finish_reason: null }] }
  const forms: readonly (readonly [title: string, given: string])[] = [
    ['in one line', JSON.stringify(document)],
    ['in one line with an end', `${JSON.stringify(document)}\n`],
    ['in several lines', JSON.stringify(document, undefined, 2)],
    ['without a reason', JSON.stringify(open)],
    ['without a reason, in a line with an end', `${JSON.stringify(open)}\n`],
  ]

  test.each(forms)('is whole when nothing follows: %s (R95)', async (_title, given) => {
    const type = { 'content-type': 'application/json' }
    for (const stream of [true, false]) {
      reply = () => ({ ...json(''), headers: type, body: [given.slice(0, 20), pause(20), given.slice(20), 'hang'] })
      const { body, end } = await patientCall(routeTo(provider.url), { stream })
      const { choices } = stream ? joinChunks(body) : JSON.parse(body)
      expect([choices[0].message.content, choices[0].finish_reason]).toEqual(['a', 'stop'])
      if (stream) expect(end).toMatchObject({ outcome: 'complete', usage })
    }
  })

  test('is an error when it reports one', async () => {
    for (const stream of [true, false]) {
      reply = () => ({ ...json(''), body: [JSON.stringify({ error: { message: 'no', code: 503 } }), 'hang'] })
      await expect(patientCall(routeTo(provider.url), { stream })).rejects.toMatchObject({ status: 503 })
    }
  })

  test('is waited for while it is not complete, however long it pauses', async () => {
    const given = JSON.stringify(document)
    const parts = [given.slice(0, 150), given.slice(150)]
    for (const stream of [true, false]) {
      reply = () => ({ ...json(''), body: pausing(parts, 1_500) })
      const { body } = await call(routeTo(provider.url), { stream })
      expect((stream ? joinChunks(body) : JSON.parse(body)).choices[0].message.content).toBe('a')
    }
  })

  test('is none if it is the first of many lines', async () => {
    const lines = [text({ content: 'a' }), text({ content: 'b' }, 'stop')].map((line) => line.slice(6, -1))
    for (const stream of [true, false]) {
      reply = () => ({ ...json(''), headers: { 'content-type': 'application/x-ndjson' }, body: pausing(lines, 1_500) })
      const { body } = await call(routeTo(provider.url), { stream })
      expect((stream ? joinChunks(body) : JSON.parse(body)).choices[0].message.content).toBe('ab')
    }
  })
})
