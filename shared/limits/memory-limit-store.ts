import { type LimitBounds, type LimitState, type LimitStore, windowMs } from './limit-store.ts'
import { getWaitMs, hasFreeSlot } from './rejection.ts'

/** Users above which those that were idle for a minute are removed. */
const maxActiveUsers = 10_000

/** Counts in the memory of this instance. */
export const memoryLimitStore = (bounds: LimitBounds, now: () => number = Date.now): LimitStore => {
  const users = new Map<string, Omit<LimitState, 'now'>>()
  const getState = (user: string): LimitState => ({ timestamps: [], leases: [], ...users.get(user), now: now() })
  const removeLeases = async (user: string, removed: readonly string[]): Promise<void> => {
    const { timestamps, leases } = getState(user)
    users.set(user, { timestamps, leases: leases.filter((lease) => !removed.includes(lease)) })
  }
  const removeIdleUsers = (): void => {
    for (const [user, { timestamps, leases }] of users) {
      if (leases.length === 0 && (timestamps.at(-1) ?? 0) <= now() - windowMs) users.delete(user)
    }
  }
  return {
    tryAcquire: async ({ user, weight, lease }) => {
      const state = getState(user)
      if (getWaitMs(state, weight, bounds) > 0 || (lease && !hasFreeSlot(state, bounds))) return false
      const timestamps = [...state.timestamps, ...Array<number>(weight).fill(state.now)]
      if (users.size >= maxActiveUsers && !users.has(user)) removeIdleUsers()
      users.set(user, {
        timestamps: timestamps.slice(Math.max(0, timestamps.length - bounds.perMinute)),
        leases: lease ? [...state.leases, lease] : state.leases,
      })
      return true
    },
    read: async (user) => getState(user),
    prune: removeLeases,
    release: (user, lease) => removeLeases(user, [lease]),
  }
}
