import type { Prices } from '../../protocol/route.ts'
import type { Outcome, Usage } from '../../protocol/usage.ts'

/** The facts about a call at its beginning. */
export interface Opening {
  /** Created by the server; never taken from a client header. */
  readonly requestId: string
  /** CloudBase user id; `admin` for the administrator, null if authentication is off. */
  readonly userId: string | null
  /** The model as the client names it. */
  readonly model: string
  readonly upstreamModel: string
  readonly provider: string
  readonly endpoint: string
  readonly stream: boolean
  /** The `x-request-id` that the client sent, for its own bookkeeping. */
  readonly clientRequestId: string | undefined
  /** The route's prices; undefined: points are counted by tokens. */
  readonly prices: Prices | undefined
  /** Estimates the prompt's tokens. Called only if the estimate is needed. */
  readonly promptTokens: () => number
}

/** The facts about a call at its end. */
export interface Closing {
  /** `orphan`: the function died; the record is made from the last state in the store. */
  readonly outcome: Outcome | 'orphan'
  readonly usage: Usage
  /** Whether the usage is our estimate, because the provider sent none. */
  readonly estimated: boolean
  readonly latencyMs: number
  /** Milliseconds to the first event with a choice; without streaming, to the whole response. */
  readonly ttftMs: number
}

/** One usage record, as the webhook receives it. */
export interface UsageRecord {
  readonly request_id: string
  readonly user_id: string | null
  readonly model: string
  readonly usage: Usage
  /** Integer ≥ 0. */
  readonly points: number
  /** `stream, estimated, outcome, endpoint, provider, upstream_model, latency_ms, ttft_ms, client_request_id`; if the route has
   *  prices, also `cost_cny`, a decimal string of yuan. */
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>
  /** Unix time of the end, in seconds. */
  readonly ts: number
}
