import type { Request } from '../http/request.ts'
import type { Call } from '../protocol/call.ts'
import type { Outcome } from '../protocol/outcome.ts'
import type { Route } from '../protocol/route.ts'
import type { Usage } from '../protocol/usage.ts'
import type { User } from '../protocol/user.ts'
import type { Ledger } from '../usage/ledger.ts'
import { outputMeter } from '../usage/output-meter.ts'

export interface MeteredCall {
  readonly request: Request
  readonly user: User
  readonly call: Call
  readonly route: Route
  readonly ledger: Ledger
}

/** The accounting of one request, from before its provider is called to the end of its answer. */
export interface Metering {
  /** Hears the text of the answer. */
  readonly onText: (text: string) => void
  /** Waits, both at once, for the answer to begin and for the ledger's entry to be durable. */
  readonly begin: <Answer>(answering: Promise<Answer>) => Promise<Answer>
  /** Records how the answer ended. The provider's usage counts, zero included; without it, text that was delivered is
   *  estimated; nothing delivered leaves no record. */
  readonly settle: (outcome: Outcome, usage: Usage | undefined) => Promise<void>
}

/** Opens the ledger's entry for a call. */
export const meterCall = ({ request, user, call, route, ledger }: MeteredCall): Metering => {
  const startedAt = performance.now()
  const elapsedMs = (): number => Math.round(performance.now() - startedAt)
  const output = outputMeter()
  let ttftMs = 0
  const clientRequestId = request.headers['x-request-id']
  const entry = ledger.open({
    requestId: request.id,
    userId: user.id,
    model: call.model,
    upstreamModel: route.upstreamModel,
    provider: route.provider,
    endpoint: call.operation,
    stream: call.stream,
    clientRequestId: typeof clientRequestId === 'string' ? clientRequestId.slice(0, 128) : undefined,
  })
  Object.assign(request.log, { user_id: user.id, model: call.model, provider: route.provider, stream: call.stream })
  return {
    onText: output.add,
    begin: async (answering) => {
      const [answer] = await Promise.all([answering, entry.opened])
      ttftMs = elapsedMs()
      return answer
    },
    settle: async (outcome, stated) => {
      const latencyMs = elapsedMs()
      Object.assign(request.log, { outcome, ttft_ms: ttftMs })
      const estimated = stated === undefined
      if (estimated && !output.hasText()) return
      const usage = stated ?? output.estimate(JSON.stringify(call.body))
      const { points } = await entry.close({ outcome, usage, estimated, latencyMs, ttftMs })
      Object.assign(request.log, { estimated, total_tokens: usage.total_tokens, points })
    },
  }
}
