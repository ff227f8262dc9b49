import { getWaitMs, hasFreeSlot } from './check.ts'
import { type LimitBounds, type LimitState, type LimitStore, windowMs } from './limit-store.ts'

/** Users above which those that have been idle for a minute are forgotten. */
const maxActiveUsers = 10_000

/** Counts in the memory of this instance. */
export const memoryLimitStore = (bounds: LimitBounds, now: () => number = Date.now): LimitStore => {
  const users = new Map<string, Omit<LimitState, 'now'>>()
  const known = (user: string): LimitState => ({ ...(users.get(user) ?? { timestamps: [], leases: [] }), now: now() })
  const withoutLeases = async (user: string, gone: readonly string[]): Promise<void> => {
    const { timestamps: grants, leases } = known(user)
    users.set(user, { timestamps: grants, leases: leases.filter((lease) => !gone.includes(lease)) })
  }
  const forgetIdle = (): void => {
    for (const [user, { timestamps: grants, leases }] of users) {
      if (leases.length === 0 && (grants.at(-1) ?? 0) <= now() - windowMs) users.delete(user)
    }
  }
  return {
    tryAcquire: async ({ user, weight: requests, lease }) => {
      const state = known(user)
      if (getWaitMs(state, requests, bounds) > 0 || (lease && !hasFreeSlot(state, bounds))) return false
      const grants = [...state.timestamps, ...Array<number>(requests).fill(state.now)]
      if (users.size >= maxActiveUsers && !users.has(user)) forgetIdle()
      users.set(user, {
        timestamps: grants.slice(Math.max(0, grants.length - bounds.perMinute)),
        leases: lease ? [...state.leases, lease] : state.leases,
      })
      return true
    },
    read: async (user) => known(user),
    prune: withoutLeases,
    release: (user, lease) => withoutLeases(user, [lease]),
  }
}
