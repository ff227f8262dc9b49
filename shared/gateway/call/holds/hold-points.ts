import type { Registry } from '../../../models/registry.ts'
import type { Call } from '../../../protocol/call.ts'
import { GatewayError } from '../../../protocol/errors.ts'
import type { Log } from '../../../runtime/log.ts'
import { isFree } from '../../../usage/cost/is-free.ts'
import type { PointsHold } from '../../../wallet/wallets.ts'
import type { Config } from '../../config/config.ts'
import { getOpenUser, openWallets } from '../../stores/open-wallets.ts'
import { estimateCall } from './estimate-call.ts'
import { type CallHold, type HoldCall, settleInTime } from './hold.ts'
import { createWalletNotice } from './note-unenforced.ts'

/** Creates the hold of the wallets of a configuration. The administrator has no wallet, nor have calls without authentication unless the wallets are
 *  those of one machine. A model that costs nothing needs none.
 *  @throws gateway_misconfigured (503) from that function, if the wallets or the prices cannot be read */
export const createHoldPoints = (config: Config, log: Log, models: Registry): HoldCall => {
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

const createSettle =
  ({ settle }: PointsHold, id: string, log: Log): CallHold['settle'] =>
  ({ points }) =>
    settleInTime(settle(points), () => log('warn', 'wallet_unsettled', { request_id: id, points }))

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
