import type { Call } from '../../protocol/call.ts'
import { once } from '../../runtime/memoize.ts'
import { estimateSentTokens } from '../../usage/cost/prompt-tokens.ts'
import { createTokenEstimator } from '../../usage/cost/token-estimator.ts'

/** Counts the tokens of a call and measures its latency, in whole milliseconds. */
export interface Meter {
  readonly promptTokens: () => number
  readonly outputTokens: () => number
  readonly onText: (text: string) => void
  /** The time until now, and until the first text. Without text both are the same. */
  readonly readTimes: () => { readonly latencyMs: number; readonly ttftMs: number }
}

/** Creates the meter of a call, whose latency begins now. */
export const createMeter = (call: Call): Meter => {
  const startedAt = performance.now()
  const getElapsedMs = (): number => Math.round(performance.now() - startedAt)
  const output = createTokenEstimator()
  let firstTextMs: number | undefined
  return {
    promptTokens: once(() => estimateSentTokens(call)),
    outputTokens: output.tokens,
    onText: (text) => {
      firstTextMs ??= getElapsedMs()
      output.add(text)
    },
    readTimes: () => {
      const latencyMs = getElapsedMs()
      return { latencyMs, ttftMs: firstTextMs ?? latencyMs }
    },
  }
}
