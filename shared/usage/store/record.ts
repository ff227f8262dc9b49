import type { Prices } from '../../protocol/route.ts'
import type { Outcome, Usage } from '../../protocol/usage.ts'

/** What is known about a call when it begins. */
export interface Opening {
  /** Made by the server; never taken from a client header. */
  readonly requestId: string
  /** CloudBase user id; `admin` for the administrator, null where authentication is off. */
  readonly userId: string | null
  /** The model by the client's name for it. */
  readonly model: string
  readonly upstreamModel: string
  readonly provider: string
  readonly endpoint: string
  readonly stream: boolean
  /** The `x-request-id` the client sent, for its own bookkeeping. */
  readonly clientRequestId: string | undefined
  /** The route's prices; undefined: points go by tokens. */
  readonly prices: Prices | undefined
  /** An estimate of the prompt's tokens; asked for only where it is needed. */
  readonly promptTokens: () => number
}

/** What is known about it when it ends. */
export interface Closing {
  /** `orphan`: the function died before it could say; closed from what was durable. */
  readonly outcome: Outcome | 'orphan'
  readonly usage: Usage
  /** Whether the usage is our estimate because the provider stated none. */
  readonly estimated: boolean
  readonly latencyMs: number
  /** Time to the first event of the answer that holds a choice, or to the whole of one that comes whole, in milliseconds. */
  readonly ttftMs: number
}

/** One usage record, as the webhook receives it and the stores keep it. */
export interface UsageRecord {
  readonly request_id: string
  readonly user_id: string | null
  readonly model: string
  readonly usage: Usage
  /** Integer ≥ 0. */
  readonly points: number
  /** `stream, estimated, outcome, endpoint, provider, upstream_model, latency_ms, ttft_ms, client_request_id`, and where the
   *  route has prices `cost_cny`, a decimal string of yuan. */
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>
  /** Unix time of the answer's end, in seconds. */
  readonly ts: number
}
