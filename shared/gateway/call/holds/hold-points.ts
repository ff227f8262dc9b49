import type { Request } from '../../../http/request.ts'
import type { LimitRequest } from '../../../limits/limiter.ts'
import type { Registry } from '../../../models/registry.ts'
import type { Call } from '../../../protocol/call.ts'
import { GatewayError } from '../../../protocol/errors.ts'
import type { Route } from '../../../protocol/route.ts'
import type { Log } from '../../../runtime/log.ts'
import { withTimeout } from '../../../runtime/timeout.ts'
import { isFree } from '../../../usage/cost/is-free.ts'
import type { PointsHold, Receipt } from '../../../wallet/wallets.ts'
import type { Config } from '../../config/config.ts'
import { getOpenUser, openWallets } from '../../stores/open-wallets.ts'
import { estimateCall } from './estimate-call.ts'
import { createWalletNotice } from './note-unenforced.ts'

/** A hold of a call: points of its user's wallet, or parts of quotas. */
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

/** A call that asks to be admitted. */
export interface AdmitRequest extends LimitRequest {
  readonly call: Call
  readonly route: Route
  readonly headers: Request['headers']
  /** The body as the client sent it. */
  readonly body: Buffer
}

/** A call for which all is held that it may use. */
export interface PayableCall {
  /** The call, with a limit on its tokens if tokens or points are held for it. */
  readonly call: Call
  /** The points that are held for it. Undefined: none. */
  readonly hold?: CallHold | undefined
}

/** Holds the most that a call may use. */
export type HoldPoints = (request: AdmitRequest) => Promise<PayableCall>

/** Creates the hold of a configuration. The administrator has no wallet, nor have calls without authentication unless the wallets are
 *  those of one machine. A model that costs nothing needs none.
 *  @throws gateway_misconfigured (503) from that function, if the wallets or the prices cannot be read */
export const createHoldPoints = (config: Config, log: Log, models: Registry): HoldPoints => {
  const note = createWalletNotice({ config, models, log })
  const wallets = openWallets(config)
  const openUser = getOpenUser(config)
  const { value: tariff } = config.usage.tariff
  // With the intent, a record is durable before the first byte of the reply. Without it, a function that dies leaves none.
  const mayLackRecord = config.usage.durability === 'final' || config.usage.failOpen
  return async ({ user: { id, kind }, call, route, requestId, weight }) => {
    note()
    const user = id ?? openUser
    if (user === undefined || kind === 'admin' || !tariff) return { call, hold: undefined }
    if (isFree(route.prices, tariff)) return { call, hold: undefined }
    const { bounded, points, promptPoints } = estimateCall({ call, route, weight }, tariff)
    const { reserve } = await wallets()
    const unrecorded = mayLackRecord ? promptPoints : undefined
    const priced = { user, id: requestId, points, maxMs: config.timeouts.total, unrecorded }
    const held = await reserve(priced).catch((cause) => {
      throw walletUnavailableError(cause)
    })
    if ('available' in held) throw insufficientError(points, held.available, call)
    return { call: bounded, hold: { points, settle: createSettle(held, requestId, log) } }
  }
}

/** The longest time that the end of a reply waits for its wallet, in milliseconds. */
const maxHoldSettleMs = 3_000

const createSettle =
  ({ settle }: PointsHold, id: string, log: Log): CallHold['settle'] =>
  ({ points }) =>
    withTimeout(maxHoldSettleMs, settle(points)).catch(() => {
      log('warn', 'wallet_unsettled', { request_id: id, points })
      return undefined
    })

const insufficientError = (points: number, available: number, { estimatePrompt }: Call): GatewayError => {
  const advice = estimatePrompt
    ? 'Add points, or send less text.'
    : "Add points, shorten the prompt, or lower 'max_tokens'."
  const message = `This call may cost up to ${points} points, and ${available} are available. ${advice}`
  return new GatewayError(402, 'insufficient_quota', message)
}

/** No provider was called, so the client may try again. */
const walletUnavailableError = (cause: unknown): GatewayError =>
  new GatewayError(503, 'usage_unavailable', 'Wallets cannot be reached at the moment. Try again later.', {
    headers: { 'retry-after': '1' },
    cause,
  })
