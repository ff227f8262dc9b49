import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Route } from '../../../shared/protocol/route.ts'
import {
  json,
  type Script,
  type ScriptedProvider,
  type Step,
  scriptedProvider,
  sse,
} from '../../../testing/stand-ins/provider.ts'
import { caller, createTestProvider, routeTo, timeouts } from '../../support/call-provider.ts'
import { checkTogether } from '../../support/check-together.ts'
import { readStream } from '../../support/read-stream.ts'

/** A response is complete when each choice has its reason. Nothing that comes after it, or does not come, changes that. */

let provider: ScriptedProvider
const scripts: (() => Script)[] = []

beforeAll(async () => {
  provider = await scriptedProvider(({ path }) => scripts[Number(path.split('/')[1])]?.() ?? { status: 404 })
})

afterAll(() => provider.close())

/** Returns a route to an address of its own, at which the provider plays this script. */
const play = (script: () => Script): Route => routeTo(`${provider.url}/${scripts.push(script) - 1}`)

/** Returns a route to a stream of these steps. */
const playSteps = (steps: () => Iterable<Step> | AsyncIterable<Step>): Route =>
  play(() => ({ ...sse(), body: steps() }))

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

const ways: readonly (readonly [title: string, stream: boolean])[] = [
  ['a stream', true],
  ['a whole response', false],
]

describe('a stream whose choices have all ended', () => {
  test('is complete, with its usage, whatever follows (R95)', () =>
    checkTogether(rests, async (_title, rest) => {
      const route = playSteps(() => playAll([begun, ended, stated], rest()))
      const { body, end } = await call(route, { stream: true })
      expect([body, end]).toEqual([
        begun + ended,
        expect.objectContaining({ outcome: 'complete', usage, error: undefined }),
      ])
    }))

  test('is complete without a usage too, whatever follows (R95)', () =>
    checkTogether(rests, async (_title, rest) => {
      const route = playSteps(() => playAll([begun, ended], rest()))
      const { body, end } = await call(route, { stream: true })
      expect([body, end]).toEqual([begun + ended, expect.objectContaining({ outcome: 'complete', usage: undefined })])
    }))

  test('is complete for a call without stream too, whatever follows (R95)', () =>
    checkTogether(rests, async (_title, rest) => {
      const route = playSteps(() => playAll([begun, ended, stated], rest()))
      const { choices, usage: told } = JSON.parse((await call(route, {})).body)
      expect([choices[0].message.content, choices[0].finish_reason, told]).toEqual(['a', 'stop', usage])
    }))

  test('waits for a usage that comes late, and for text', async () => {
    const more = text({ content: 'b' })
    const route = playSteps(() => [begun, ended, pause(300), more, pause(300), stated, 'hang'])
    const { body, end } = await call(route, { stream: true })
    expect([body, end?.usage]).toEqual([begun + ended + more, usage])
  })

  test('goes on if the reason comes with each text, also after a pause of 1.5 s, and then a longer one (R95)', async () => {
    const pieces = [text({ content: 'a' }, 'stop'), text({ content: 'b' }, 'stop'), text({ content: 'c' }, 'stop')]
    const [first = '', second = '', third = ''] = pieces
    const route = playSteps(() => [first, pause(1_500), second, pause(2_500), third])
    const [{ body, end }, whole] = await Promise.all([call(route, { stream: true }), call(route, {})])
    expect(readStream(body).events.map((one) => one.choices?.[0]?.delta?.content)).toEqual(['a', 'b', 'c'])
    expect(end?.outcome).toBe('complete')
    const { choices } = JSON.parse(whole.body)
    expect(choices[0]).toMatchObject({ message: { content: 'abc' }, finish_reason: 'stop' })
  })

  test('goes on after a longer pause too, if its target wrote the reason in each chunk of its last stream (R95)', async () => {
    let played: readonly Step[] = []
    const route = playSteps(() => played)
    const [first = '', second = ''] = ['a', 'b'].map((content) => text({ content }, 'stop'))
    const read = async (...steps: Step[]) => {
      played = steps
      const { body, end } = await patientCall(route, { stream: true })
      return [joinChunks(body).choices[0]?.message.content, end?.outcome]
    }
    expect(await read(first, second)).toEqual(['ab', 'complete'])
    expect(await read(first, pause(2_600), second)).toEqual(['ab', 'complete'])
    expect(await read(begun, ended)).toEqual(['a', 'complete'])
    expect(await read(first, 'hang')).toEqual(['a', 'complete'])
  })

  test.each([
    ['a usage in a chunk of its own', stated],
    ['the reason without text', text({}, 'stop')],
    ['[DONE]', 'data: [DONE]\n\n'],
  ])('ends although the reason came with its first text, after %s (R95)', async (_title, sign) => {
    const route = playSteps(() => [text({ role: 'assistant', content: 'a' }, 'stop'), sign, 'hang'])
    const { body, end } = await patientCall(route, { stream: true })
    expect([body, end?.outcome]).toEqual([text({ role: 'assistant', content: 'a' }, 'stop'), 'complete'])
  })

  const lone: readonly (readonly [title: string, chunks: readonly string[], content: string])[] = [
    ['text', [text({ role: 'assistant', content: 'a' }, 'stop')], 'a'],
    ['thoughts', [text({ role: 'assistant', reasoning_content: 'so' }), text({ content: 'a' }, 'stop')], 'a'],
    [
      'a call',
      [text({ role: 'assistant', tool_calls: [{ id: '1', function: { name: 'f', arguments: '{}' } }] }, 'stop')],
      '',
    ],
  ]

  const checkLone = (chunks: readonly string[], content: string): Promise<void> =>
    checkTogether(ways, async (_way, stream) => {
      const route = playSteps(() => [...chunks, 'hang'])
      const { body, end } = await patientCall(route, { stream })
      if (stream) expect(end).toMatchObject({ outcome: 'complete', error: undefined })
      expect((stream ? joinChunks(body) : JSON.parse(body)).choices[0].message.content ?? '').toBe(content)
    })

  test('is complete long before its deadlines if it is one chunk with the reason, and silence (R95)', () =>
    checkTogether(lone, (_title, chunks, content) => checkLone(chunks, content)))

  test('goes on if thoughts come first, and then the reason with each text (R95)', async () => {
    const thought = text({ role: 'assistant', reasoning_content: 'so' })
    const pieces = [thought, ...['a', 'b', 'c'].map((content) => text({ content }, 'stop'))]
    const route = playSteps(() => playAll([], pausing(pieces, 1_500)))
    const { body, end } = await call(route, { stream: true })
    expect([joinChunks(body).choices[0]?.message.content, end?.outcome]).toEqual(['abc', 'complete'])
  })

  test('is not complete before its last choice has ended', async () => {
    const route = playSteps(() => [begun, text({}, 'stop'), text({ role: 'assistant', content: 'b' }, null, 1), 'cut'])
    const { end } = await call(route, { stream: true, n: 2 })
    expect(end?.outcome).toBe('upstream_cut')
  })

  test('gets the reasons that [DONE] leaves out', async () => {
    const route = playSteps(() => [begun, 'data: [DONE]\n\n'])
    const { body, end } = await call(route, { stream: true })
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

  const checkForm = (given: string): Promise<void> =>
    checkTogether(ways, async (_way, stream) => {
      const route = play(() => ({
        ...json(''),
        headers: { 'content-type': 'application/json' },
        body: [given.slice(0, 20), pause(20), given.slice(20), 'hang'],
      }))
      const { body, end } = await patientCall(route, { stream })
      const { choices } = stream ? joinChunks(body) : JSON.parse(body)
      expect([choices[0].message.content, choices[0].finish_reason]).toEqual(['a', 'stop'])
      if (stream) expect(end).toMatchObject({ outcome: 'complete', usage })
    })

  test('is whole when nothing follows (R95)', () => checkTogether(forms, (_title, given) => checkForm(given)))

  test('is an error when it reports one', async () => {
    await checkTogether(ways, async (_way, stream) => {
      const route = play(() => ({
        ...json(''),
        body: [JSON.stringify({ error: { message: 'no', code: 503 } }), 'hang'],
      }))
      await expect(patientCall(route, { stream })).rejects.toMatchObject({ status: 503 })
    })
  })

  test('is waited for while it is not complete, however long it pauses', async () => {
    const given = JSON.stringify(document)
    const parts = [given.slice(0, 150), given.slice(150)]
    await checkTogether(ways, async (_way, stream) => {
      const route = play(() => ({ ...json(''), body: pausing(parts, 1_500) }))
      const { body } = await call(route, { stream })
      expect((stream ? joinChunks(body) : JSON.parse(body)).choices[0].message.content).toBe('a')
    })
  })

  test('is none if it is the first of many lines', async () => {
    const lines = [text({ content: 'a' }), text({ content: 'b' }, 'stop')].map((line) => line.slice(6, -1))
    await checkTogether(ways, async (_way, stream) => {
      const route = play(() => ({
        ...json(''),
        headers: { 'content-type': 'application/x-ndjson' },
        body: pausing(lines, 1_500),
      }))
      const { body } = await call(route, { stream })
      expect((stream ? joinChunks(body) : JSON.parse(body)).choices[0].message.content).toBe('ab')
    })
  })
})
