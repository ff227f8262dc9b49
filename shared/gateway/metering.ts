import type { Request } from '../http/request.ts'
import type { Call } from '../protocol/call.ts'
import { isGatewayError } from '../protocol/errors.ts'
import { operations } from '../protocol/operations.ts'
import type { Route } from '../protocol/route.ts'
import { type Outcome, toOutcome, type Usage } from '../protocol/usage.ts'
import type { User } from '../protocol/user.ts'
import { type CancelSignal, createLinkedCancellation } from '../runtime/cancellation.ts'
import type { LogFields } from '../runtime/log.ts'
import { once } from '../runtime/memoize.ts'
import { estimatePromptTokens } from '../usage/cost/prompt-tokens.ts'
import { createTokenEstimator } from '../usage/cost/token-estimator.ts'
import type { Ledger } from '../usage/ledger/ledger.ts'
import type { Opening } from '../usage/store/record.ts'

export interface MeteredCall {
  readonly request: Request
  readonly user: User
  readonly call: Call
  readonly route: Route
  readonly ledger: Ledger
}

/** The accounting of one request, from before its provider is called to the end of its answer. */
export interface Metering {
  /** Aborts when the provider's answer is of no use any more: the client left, or the ledger's entry cannot be opened. */
  readonly signal: CancelSignal
  /** Hears the text of the answer. */
  readonly onText: (text: string) => void
  /** Waits, both at once, for the answer to begin and for the ledger's entry to be durable. An answer that fails before it has
   *  begun is recorded by the usage that the error tells; without it, as estimated where any of its text was heard.
   *  @throws usage_unavailable (503), and whatever `answering` rejects with */
  readonly begin: <Answer>(answering: Promise<Answer>) => Promise<Answer>
  /** Records how the answer ended, and resolves with the usage that counts: the provider's, zero included; without it, text
   *  that was delivered is estimated; nothing delivered leaves no record. */
  readonly settle: (outcome: Outcome, usage: Usage | undefined) => Promise<Usage>
}

/** Opens the ledger's entry for a call. */
export const meterCall = (metered: MeteredCall): Metering => {
  const { request, call, ledger } = metered
  const startedAt = performance.now()
  const elapsedMs = (): number => Math.round(performance.now() - startedAt)
  const output = createTokenEstimator()
  const prompt = once(() => estimatePromptTokens(call.body))
  const signal = createLinkedCancellation(request.signal)
  let ttftMs: number | undefined
  const entry = ledger.open(toOpening(metered, prompt))
  request.annotate(toCallLogFields(metered))

  const settle: Metering['settle'] = async (outcome, stated) => {
    const latencyMs = elapsedMs()
    const times = { latencyMs, ttftMs: ttftMs ?? latencyMs }
    request.annotate({ outcome, ttft_ms: times.ttftMs })
    const estimated = stated === undefined
    if (estimated && output.tokens() === 0) {
      await entry.cancel()
      return toUsage(0, 0)
    }
    const usage = stated ?? toUsage(prompt(), output.tokens())
    const { points } = await entry.close({ outcome, usage, estimated, ...times })
    request.annotate({ ...toUsageLogFields(usage), estimated, points })
    return usage
  }

  return {
    signal,
    onText: (text) => {
      ttftMs ??= elapsedMs()
      output.add(text)
    },
    begin: async (answering) => {
      try {
        const [answer] = await Promise.all([answering, entry.opened])
        if (call.stream) entry.startProgress(output.tokens)
        return answer
      } catch (error) {
        signal.abort()
        const outcome = getFailureOutcome(error)
        await (outcome ? settle(outcome, getFailureUsage(error)) : entry.cancel())
        throw error
      }
    },
    settle,
  }
}

/** How an answer ended that failed before it began for the client; undefined where it was withheld because it could not be
 *  recorded: nothing is owed for that. */
const getFailureOutcome = (error: unknown): Outcome | undefined => {
  const code = isGatewayError(error) ? error.code : undefined
  return code === 'usage_unavailable' || code === 'gateway_misconfigured' ? undefined : toOutcome(code)
}

const getFailureUsage = (error: unknown): Usage | undefined => (isGatewayError(error) ? error.options.usage : undefined)

const toOpening = ({ request, user, call, route }: MeteredCall, promptTokens: () => number): Opening => {
  const clientRequestId = request.headers['x-request-id']
  return {
    requestId: request.id,
    userId: user.id,
    model: call.model,
    upstreamModel: route.upstreamModel,
    provider: route.provider,
    endpoint: call.operation,
    stream: call.stream,
    clientRequestId: typeof clientRequestId === 'string' ? clientRequestId.slice(0, 128) : undefined,
    prices: route.prices,
    promptTokens,
  }
}

/** What the request's log line says of its call, in OpenTelemetry's words where it has some ("Semantic conventions for generative
 *  AI", 1.37). */
const toCallLogFields = ({ user, call, route }: MeteredCall): LogFields => ({
  user_id: user.id,
  'gen_ai.operation.name': operations[call.operation].genAiName,
  'gen_ai.request.model': call.model,
  'gen_ai.provider.name': route.provider,
  stream: call.stream,
})

const toUsageLogFields = (usage: Usage): LogFields => ({
  'gen_ai.usage.input_tokens': usage.prompt_tokens,
  'gen_ai.usage.output_tokens': usage.completion_tokens,
})

const toUsage = (prompt: number, completion: number): Usage => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
})
