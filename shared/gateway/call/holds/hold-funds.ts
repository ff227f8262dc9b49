import { setImmediate } from 'node:timers/promises'
import type { Registry } from '../../../models/registry.ts'
import type { Log } from '../../../runtime/log.ts'
import type { Config } from '../../config/config.ts'
import { type CallHold, type HoldCall, joinHolds, unused } from './hold.ts'

/** Creates the hold of quotas, of keys' own and of the wallet, as far as the configuration has them. */
export const createHoldFunds = async (config: Config, log: Log, models: Registry): Promise<HoldCall> => {
  const { quotas, keys, wallet } = config
  const counts = quotas !== undefined || keys !== undefined
  const count = counts ? (await import('./hold-quotas.ts')).createHoldQuotas(config, log, models) : undefined
  if (wallet.kind === 'off') return count ?? holdNothing
  const pay = (await import('./hold-points.ts')).createHoldPoints(config, log, models)
  return count ? holdBoth(count, pay) : pay
}

const holdNothing: HoldCall = ({ call }) => Promise.resolve({ call })

/** Holds parts of quotas and points of a wallet at the same time, so that both cost one round trip to the store. If one of them
 *  refuses, the other gets back what it held. A refusal that the quotas know already costs the wallet nothing.
 *  @throws from that function, what `count` throws, or else what `pay` throws */
export const holdBoth =
  (count: HoldCall, pay: HoldCall): HoldCall =>
  async (request) => {
    const counting = count(request)
    await Promise.race([counting, setImmediate()])
    const results = await Promise.allSettled([counting, pay(request)])
    const held = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const holds = held.flatMap(({ hold }): CallHold[] => (hold ? [hold] : []))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) {
      await Promise.all(holds.map(({ settle }) => settle(unused)))
      throw failed.reason
    }
    // Both set the same limit on the tokens of the call, if they set one.
    const { call } = held.find((each) => each.call !== request.call) ?? request
    return { call, hold: joinHolds(holds) }
  }
