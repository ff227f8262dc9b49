import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createEventFunction } from '../../../scripts/local/functions/event-function.ts'
import { distribution, echoingEvent } from '../distribution.ts'
import { recordedTerminal } from '../recorded-terminal.ts'

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** The function `llm-fixture` made of `source`. */
const fixture = async (source: string, options: { timeoutMs?: number } = {}) => {
  const built = await distribution({ 'llm-fixture': source })
  const folder = join(built.folder, 'llm-fixture')
  const terminal = recordedTerminal()
  const environment = { ...process.env, GREETING: 'hello' }
  const subject = createEventFunction({ name: 'llm-fixture', folder, environment, terminal, ...options })
  cleanUps.push(built.remove, subject.stop)
  return { subject, terminal, folder }
}

describe('an Event function', () => {
  test('receives event and context in its own process and returns its result', async () => {
    const { subject, terminal, folder } = await fixture(echoingEvent)
    const result = await subject.invoke({ Type: 'Timer' })
    expect(result).toMatchObject({ event: { Type: 'Timer' }, greeting: 'hello', cwd: await realpath(folder) })
    const context = { request_id: expect.any(String), function_name: 'llm-fixture', time_limit_in_ms: 60_000 }
    expect(result).toMatchObject({ context })
    expect(result).not.toMatchObject({ pid: process.pid })
    expect(await terminal.line(/invoked/)).toBe('llm-fixture | invoked {"Type":"Timer"}')
  })

  test('starts one process at the first invocation, for all invocations', async () => {
    const { subject, terminal } = await fixture(`console.log('loaded');${echoingEvent}`)
    expect(terminal.lines).toEqual([])
    const [one, other] = await Promise.all([subject.invoke({ n: 1 }), subject.invoke({ n: 2 })])
    expect([one, other]).toMatchObject([{ event: { n: 1 } }, { event: { n: 2 } }])
    await terminal.line(/invoked {"n":2}/)
    expect(terminal.lines.filter((line) => line.includes('loaded'))).toHaveLength(1)
  })

  test.each([
    ['throws', 'throw', 'llm-fixture failed: the store is away'],
    ['returns a value that cannot be sent', 'bigint', 'llm-fixture failed: Do not know how to serialize a BigInt'],
    ['exits', 'die', 'llm-fixture ended during an invocation (exit code 7)'],
  ])('rejects with one line if main %s, and works at the next invocation', async (_what, call, message) => {
    const { subject } = await fixture(echoingEvent)
    await expect(subject.invoke({ call })).rejects.toThrow(message)
    expect(await subject.invoke({})).toMatchObject({ event: {} })
  })

  test('ends a process without a result in time, and works at the next invocation', async () => {
    const { subject } = await fixture(echoingEvent, { timeoutMs: 4_000 })
    const message = 'llm-fixture gave no result within 4 s; its process was ended.'
    await expect(subject.invoke({ call: 'hang' })).rejects.toThrow(message)
    expect(await subject.invoke({})).toMatchObject({ event: {} })
  })

  test.each([
    ['does not load', "throw new Error('no chunk')", 'Error: no chunk'],
    ['has no main', 'exports.handler = () => undefined', 'Error: index.js does not export a function named main.'],
  ])('rejects with the last error line if the code %s', async (_what, source, words) => {
    const { subject } = await fixture(source)
    await expect(subject.invoke({})).rejects.toThrow(
      `llm-fixture ended during an invocation (exit code 1, last words: ${words}).`,
    )
  })

  test('stops without an invocation', async () => {
    const { subject } = await fixture(echoingEvent)
    await expect(subject.stop()).resolves.toBeUndefined()
  })

  test('rejects a running invocation when it stops', async () => {
    const { subject, terminal } = await fixture(echoingEvent)
    const invocation = subject.invoke({ call: 'hang' })
    const rejected = expect(invocation).rejects.toThrow('llm-fixture ended during an invocation (signal SIGTERM)')
    await terminal.line(/invoked/)
    await subject.stop()
    await rejected
  })
})
