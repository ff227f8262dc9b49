import { setImmediate } from 'node:timers/promises'
import type { CallHold, HoldPoints } from './hold-points.ts'
import { joinHolds, unused } from './join-holds.ts'

/** Holds parts of quotas and points of a wallet at the same time, so that both cost one round trip to the store. If one of them
 *  refuses, the other gets back what it held. A refusal that the quotas know already costs the wallet nothing.
 *  @throws from that function, what `count` throws, or else what `pay` throws */
export const holdBoth =
  (count: HoldPoints, pay: HoldPoints): HoldPoints =>
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
