import type { ReplyWriter, StreamWriter } from '../../protocol/reply-writer.ts'
import type { CheckedText, SafetyNote, Verdict } from '../../protocol/safety.ts'
import { hasOnlyTotal, type Usage } from '../../protocol/usage.ts'
import type { CallOptions, Provider, StreamedResponse, WholeResponse } from '../../providers/provider.ts'
import { type Cancellation, createLinkedCancellation } from '../../runtime/cancellation.ts'
import { systemClock } from '../../runtime/clock.ts'
import { AnswerStage } from '../../safety/answers/answer-stage.ts'
import { checkWhole } from '../../safety/answers/check-whole.ts'
import type { Checkers } from '../stores/checkers.ts'
import { createChunkWriter } from './refuse-call.ts'

/** How the answer of a call is checked. */
export interface AnswerGuardOptions {
  readonly checkers: Checkers
  readonly about: Omit<CheckedText, 'text'>
  readonly isWhole: boolean
  /** How many choices the client asked for. */
  readonly choices: number
  readonly onVerdict: (verdict: Verdict, by: SafetyNote['by']) => void
}

/** Wraps a provider so that its answers are checked, in the form that all wires are made of: it gets no request in a wire of
 *  the client's. When no choice can go on, the
 *  provider is stopped. Only text that goes out counts as received; if nothing was blocked, all of it counts. */
export const guardAnswer =
  (callProvider: Provider, options: AnswerGuardOptions): Provider =>
  async (route, { reply, original, ...call }, callOptions) => {
    if (original?.problem) throw original.problem
    const stop = createLinkedCancellation(callOptions.signal)
    const count = createTextCount(callOptions.onText)
    const answer: GuardedAnswer = { call, reply, stop, count, keepAliveMs: callOptions.keepAliveMs ?? 0 }
    const response = await callProvider(route, call, { ...callOptions, signal: stop, onText: count.receive }).catch(
      (thrown: unknown) => {
        count.countAll()
        throw thrown
      },
    )
    return response.kind === 'whole' ? guardWhole(response, answer, options) : guardStream(response, answer, options)
  }

interface GuardedAnswer {
  readonly call: Parameters<Provider>[1]
  readonly reply: ReplyWriter | undefined
  readonly stop: Cancellation
  readonly count: TextCount
  readonly keepAliveMs: number
}

/** Counts text when it goes out, not when it comes. */
interface TextCount {
  readonly receive: (text: string) => void
  readonly release: (text: string) => void
  /** Counts held text too: the provider bills it. */
  readonly countAll: () => void
}

const createTextCount = (onText: CallOptions['onText']): TextCount => {
  let received = ''
  let released = 0
  return {
    receive: (text) => {
      received += text
    },
    release: (text) => {
      released += text.length
      onText(text)
    },
    countAll: () => {
      onText(received.slice(released))
      released = received.length
    },
  }
}

const toCheckers = async ({ checkers, about, isWhole, onVerdict }: AnswerGuardOptions) => ({
  words: (await checkers.current()).words,
  service: checkers.service,
  sentence: checkers.refusal,
  about,
  isWhole,
  clock: systemClock,
  onVerdict,
})

const guardWhole = async (
  response: WholeResponse,
  { reply, count }: GuardedAnswer,
  options: AnswerGuardOptions,
): Promise<WholeResponse> => {
  const { fields, isFiltered, text } = await checkWhole(response.fields, await toCheckers(options))
  if (isFiltered) count.release(text)
  else count.countAll()
  const toBody = (counted: Usage): string => {
    if (reply)
      return JSON.stringify(
        reply.writeWhole(fields, isFiltered ? toSentUsage(response, counted) : completeUsage(response, counted)),
      )
    return isFiltered ? JSON.stringify({ ...fields, usage: toSentUsage(response, counted) }) : response.toBody(counted)
  }
  return { ...response, fields, toBody, ...(isFiltered && { outcome: 'filtered' }) }
}

const completeUsage = ({ usage }: { readonly usage: Usage | undefined }, counted: Usage): Usage =>
  usage && !hasOnlyTotal(usage) ? usage : { ...usage, ...counted, estimated: true }

/** Of a stopped answer, the part that was sent counts. */
const toSentUsage = ({ usage }: { readonly usage: Usage | undefined }, counted: Usage): Usage =>
  usage ? counted : { ...counted, estimated: true }

const guardStream = (
  response: StreamedResponse,
  { call, reply, stop, count, keepAliveMs }: GuardedAnswer,
  options: AnswerGuardOptions,
): StreamedResponse => ({
  kind: 'stream',
  pipeTo: async (client) => {
    const ofWire = reply?.createStream()
    const writer: StreamWriter = ofWire ?? createChunkWriter(call, () => stage.identity)
    const stage: AnswerStage = new AnswerStage({
      ...(await toCheckers(options)),
      client,
      writer,
      isOpenAI: !ofWire,
      choices: options.choices,
      keepAliveMs,
      onText: count.release,
      onBlocked: () => stop.abort(),
    })
    const result = await response.pipeTo(stage)
    await stage.finish()
    if (!stage.isFiltered) count.countAll()
    if (!stage.isFiltered && !ofWire) return result
    const writeEnd = (counted: Usage, more = {}): string =>
      writer.end(stage.isFiltered ? toSentUsage(result, counted) : completeUsage(result, counted), more)
    const common = { ...result, writeEnd, writeError: writer.fail }
    return stage.isFiltered ? { ...common, outcome: 'filtered', error: undefined } : common
  },
})
