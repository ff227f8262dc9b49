import type { CallHold, UsedAmounts } from './hold-points.ts'

/** The use of a call that delivered nothing. */
export const unused: UsedAmounts = { points: 0, tokens: 0 }

/** Joins several holds into one that settles all of them at the same time. The receipt is that of the wallet. */
export const joinHolds = (holds: readonly CallHold[]): CallHold | undefined =>
  holds.length < 2
    ? holds[0]
    : {
        points: holds.find(({ points }) => points !== undefined)?.points,
        settle: async (used) => (await Promise.all(holds.map(({ settle }) => settle(used)))).find(Boolean),
      }
