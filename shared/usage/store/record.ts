import type { TargetAttempt } from '../../protocol/attempt.ts'
import type { Prices, Target } from '../../protocol/route.ts'
import type { SafetyNote } from '../../protocol/safety.ts'
import type { OtherUnits, Outcome, Usage } from '../../protocol/usage.ts'
import type { Units } from '../cost/units.ts'

/** The facts about a call at its beginning. */
export interface Opening {
  /** Created by the server; never taken from a client header. */
  readonly requestId: string
  /** CloudBase user id; `admin` for the administrator, null if authentication is off. */
  readonly userId: string | null
  /** The id of the caller's key. Undefined: the caller sent a login token. */
  readonly keyId?: string | undefined
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

/** The targets that a call has tried. */
export interface Tried {
  /** The target that responded; undefined if the route has only one. */
  readonly target?: Pick<Target, 'name' | 'provider' | 'upstreamModel' | 'prices'> | undefined
  /** The targets that were tried, in order. */
  readonly attempts?: readonly TargetAttempt[] | undefined
}

/** The facts about a call at its end. */
export interface Closing extends Tried {
  /** `orphan`: the function died; the record is made from the last state in the store. */
  readonly outcome: Outcome | 'orphan'
  readonly usage: Usage
  /** Whether the usage is our estimate, because the provider sent none. */
  readonly estimated: boolean
  readonly latencyMs: number
  /** Milliseconds to the first event with a choice; without streaming, to the whole response. */
  readonly ttftMs: number
  /** Units of the call besides tokens. */
  readonly units?: OtherUnits | undefined
  /** The points that the user's wallet did not have. Undefined: it had all, or there is none, or that is not known yet. */
  readonly shortfall?: number | undefined
  /** Results of the checks of its texts; undefined: nothing was checked. */
  readonly safety?: SafetyNote | undefined
}

/** One usage record, as the webhook receives it. */
export interface UsageRecord {
  readonly request_id: string
  readonly user_id: string | null
  readonly model: string
  readonly usage: Usage
  /** Integer ≥ 0. */
  readonly points: number
  /** `stream, estimated, outcome, endpoint, provider, upstream_model, latency_ms, ttft_ms, client_request_id, units`; if the route
   *  has prices, also `cost_cny`, a decimal string of yuan; if it has several targets, also `target` and `attempts`; `key_id`
   *  if the caller sent a key; `shortfall` if the user's wallet had too few points; `safety` if its texts were checked;
   *  `ai_generated: true` if a model wrote text. Records of earlier versions have no units. */
  readonly metadata: Readonly<
    Record<string, string | number | boolean | null | Units | SafetyNote | readonly TargetAttempt[]>
  >
  /** Unix time of the end, in seconds. */
  readonly ts: number
}
