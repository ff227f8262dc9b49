import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ScriptedProvider, type Step, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { caller, routeTo } from '../../support/call-provider.ts'
import { readStream } from '../../support/read-stream.ts'

/** A response is complete when each choice has its reason. Nothing that comes after it, or does not come, changes that. */

let provider: ScriptedProvider
let steps: () => Iterable<Step> | AsyncIterable<Step>

beforeAll(async () => {
  provider = await scriptedProvider(() => ({ ...sse(), body: steps() }))
})

afterAll(() => provider.close())

const call = caller()
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
