import type { Request } from '../../../http/request.ts'
import type { LimitRequest } from '../../../limits/limiter.ts'
import type { Call } from '../../../protocol/call.ts'
import type { Route } from '../../../protocol/route.ts'
import { withTimeout } from '../../../runtime/timeout.ts'
import type { Receipt } from '../../../wallet/wallets.ts'

/** A call that asks to be admitted. */
export interface AdmitRequest extends LimitRequest {
  readonly call: Call
  readonly route: Route
  readonly headers: Request['headers']
  /** The body as the client sent it. */
  readonly body: Buffer
}

/** Takes for a call the most that it may use: a place among those that run, its idempotency key, parts of quotas, points. */
export type HoldCall = (request: AdmitRequest) => Promise<HeldCall>

/** A call for which all is held that it may use. */
export interface HeldCall {
  /** The call, with a limit on its tokens if tokens or points are held for it. */
  readonly call: Call
  /** What is held for it. Undefined: nothing. */
  readonly hold?: CallHold | undefined
}

/** What is held for a call. */
export interface CallHold {
  /** The points of the wallet that are held; undefined: none. */
  readonly points?: number | undefined
  /** Counts what the call has used and gives back the rest. Never rejects: the points that it cannot settle, the flush
   *  settles by the call's record. Resolves with undefined then, and if it holds no points. */
  readonly settle: (used: UsedAmounts) => Promise<Receipt | undefined>
}

/** The use of a call. */
export interface UsedAmounts {
  readonly points: number
  readonly tokens: number
  /** How it ended. Undefined: it delivered nothing, and nothing is charged. */
  readonly outcome?: string
}

/** The use of a call that delivered nothing. */
export const unused: UsedAmounts = { points: 0, tokens: 0 }

/** The longest time that the end of a reply waits for a hold, in milliseconds. */
const maxHoldSettleMs = 3_000

/** Waits until a hold is settled, but not for long.
 *  @param onFailure called if it is not settled by then; never rejects */
export const settleInTime = <Result>(settling: Promise<Result>, onFailure: () => void): Promise<Result | undefined> =>
  withTimeout(maxHoldSettleMs, settling).catch(() => {
    onFailure()
    return undefined
  })

/** Joins several holds into one that settles all of them at the same time. The receipt is that of the wallet. */
export const joinHolds = (holds: readonly CallHold[]): CallHold | undefined =>
  holds.length < 2
    ? holds[0]
    : {
        points: holds.find(({ points }) => points !== undefined)?.points,
        settle: async (used) => (await Promise.all(holds.map(({ settle }) => settle(used)))).find(Boolean),
      }
