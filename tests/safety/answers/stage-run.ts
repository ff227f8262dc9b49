import { Writable } from 'node:stream'
import type { CheckService, SafetyNote, Verdict } from '../../../shared/protocol/safety.ts'
import { formatSseEvent, sseDone, sseKeepAlive } from '../../../shared/protocol/sse.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { JsonObject } from '../../../shared/runtime/json.ts'
import { AnswerStage, type StageOptions } from '../../../shared/safety/answers/answer-stage.ts'
import { automatonFor } from '../../support/automaton-for.ts'

/** A time that a test sets. */
export interface TestClock extends Clock {
  /** Milliseconds since the test began. */
  readonly now: () => number
  /** Lets time pass, and calls what is due, in order. Work that follows is done before the next timer. */
  readonly advance: (milliseconds: number) => Promise<void>
}

export const createTestClock = (): TestClock => {
  let now = 0
  const timers = new Set<{ readonly at: number; readonly onEnd: () => void }>()
  return {
    now: () => now,
    startTimer: (milliseconds, onEnd) => {
      const timer = { at: now + milliseconds, onEnd }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance: async (milliseconds) => {
      const end = now + milliseconds
      for (;;) {
        await settle()
        const next = [...timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0]
        if (!next) break
        timers.delete(next)
        now = next.at
        next.onEnd()
      }
      now = end
      await settle()
    },
  }
}

/** Waits until all promises that can settle have settled. */
export const settle = async (): Promise<void> => {
  for (let count = 0; count < 8; count += 1) await Promise.resolve()
  await new Promise((resolve) => setImmediate(resolve))
}

/** A stage in front of a client that stores what it gets. */
export interface StageRun {
  readonly stage: AnswerStage
  readonly clock: TestClock
  readonly verdicts: (Verdict & { readonly by: SafetyNote['by'] })[]
  /** The chunks that the client has. */
  readonly chunks: () => JsonObject[]
  /** The text that the client has of a choice. */
  readonly text: (index?: number) => string
  readonly reasons: () => unknown[]
  /** The text that counts as sent. */
  readonly counted: () => string
  readonly isStopped: () => boolean
  readonly send: (...chunks: object[]) => void
}

/** A service that blocks every text with one of the words. */
export const serviceFor = (words: readonly string[], calls: string[] = []): CheckService => ({
  name: 'service',
  maxLength: 2_000,
  check: async ({ text }) => {
    calls.push(text)
    const at = Math.min(...words.map((word) => text.indexOf(word)).filter((place) => place >= 0))
    return Number.isFinite(at) ? { kind: 'block', label: 'L', score: 90, at } : { kind: 'pass' }
  },
})

export const runStage = (options: Partial<StageOptions> & { readonly list?: readonly string[] }): StageRun => {
  let written = ''
  let counted = ''
  let isStopped = false
  const verdicts: StageRun['verdicts'] = []
  const client = new Writable({
    write: (bytes: Buffer, _, done) => {
      written += bytes.toString()
      done()
    },
  })
  const clock = createTestClock()
  const { list, ...given } = options
  const stage = new AnswerStage({
    client,
    words: list && automatonFor(list),
    service: undefined,
    about: { sessionId: 's', userId: null },
    isWhole: false,
    clock,
    writer: {
      write: (chunk) => formatSseEvent(chunk),
      end: () => sseDone,
      fail: (error) => formatSseEvent({ error }),
      keepAlive: () => sseKeepAlive,
    },
    isOpenAI: true,
    choices: 1,
    sentence: undefined,
    keepAliveMs: 0,
    onText: (text) => {
      counted += text
    },
    onVerdict: (verdict, by) => verdicts.push({ ...verdict, by }),
    onBlocked: () => {
      isStopped = true
    },
    ...given,
  })
  const chunks = (): JsonObject[] =>
    written
      .split('\n\n')
      .filter((event) => event.startsWith('data: {'))
      .map((event) => JSON.parse(event.slice('data: '.length)) as JsonObject)
  const choicesOf = (index: number) =>
    chunks().flatMap(({ choices }) => (choices as JsonObject[]).filter((choice) => choice['index'] === index))
  return {
    stage,
    clock,
    verdicts,
    chunks,
    text: (index = 0) =>
      choicesOf(index)
        .map(({ delta, text }) => textIn(delta as JsonObject | undefined) + String(text ?? ''))
        .join(''),
    reasons: () =>
      chunks()
        .flatMap(({ choices }) => choices as JsonObject[])
        .map(({ finish_reason: reason }) => reason)
        .filter((reason) => reason !== null),
    counted: () => counted,
    isStopped: () => isStopped,
    send: (...sent) => {
      for (const chunk of sent) stage.write(formatSseEvent(chunk))
    },
  }
}

const textIn = (delta: JsonObject = {}): string => {
  const { content = '', reasoning_content: reasoning = '', refusal = '', tool_calls: calls = [] } = delta
  const called = (calls as JsonObject[]).map((call) => String((call['function'] as JsonObject)['arguments'] ?? ''))
  return [content, reasoning, refusal, ...called].map((text) => text ?? '').join('')
}

const common = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' }

/** A chunk of a chat. */
export const chunkOf = (delta: object, { index = 0, end = null as string | null } = {}): object => ({
  ...common,
  choices: [{ index, delta, logprobs: null, finish_reason: end }],
})
