import {
  type CollectionOptions,
  createCollection,
  getList,
  isDuplicateError,
  isUpdated,
} from '../drivers/collection.ts'
import { type AcquireRequest, type LimitBounds, type LimitStore, windowMs } from './limit-store.ts'
import { getLimitsName } from './mysql-limit-store.ts'

/** Counts in a collection beside that of the usage records, for all instances. A user's document has the user's id; its `grants` are
 *  a ring of exactly `perMinute` times, zero where nothing has happened yet, so that its oldest has a place that a condition can
 *  name. Statements are MongoDB's own: what the SDK makes of its commands in nested places is not documented. */
export const collectionLimitStore = (
  bounds: LimitBounds,
  options: CollectionOptions,
  now: () => number = Date.now,
): LimitStore => {
  const run = createCollection({ ...options, collection: getLimitsName(options.collection) })
  const update = (where: object, set: object) => run((users) => users.options({ raw: true }).where(where).update(set))
  const emptyRing = Array<number>(bounds.perMinute).fill(0)
  return {
    tryAcquire: async (claim) =>
      isUpdated(await update(toCondition(claim, bounds, now()), toUpdate(claim, bounds, now()))),
    read: async (user) => {
      const [found] = getList((await run((users) => users.where({ _id: user }).limit(1).get())).data)
      const { grants, leases } = { ...found }
      if (!Array.isArray(grants) || !Array.isArray(leases)) return undefined
      if (bounds.perMinute > 0 && grants.length !== bounds.perMinute) return undefined
      return { timestamps: grants, leases, now: now() }
    },
    prune: async (user, leases) => {
      const whole = { $push: { grants: { $each: emptyRing, $position: 0, $slice: -bounds.perMinute } } }
      const set = { ...(bounds.perMinute > 0 && whole), $pull: { leases: { $in: leases } } }
      if (isUpdated(await update({ _id: user }, set))) return
      await run((users) => users.add({ _id: user, grants: emptyRing, leases: [] })).catch((error: unknown) => {
        if (!isDuplicateError(error)) throw error
      })
    },
    release: async (user, lease) => {
      await update({ _id: user }, { $pull: { leases: lease } })
    },
  }
}

/** What a user's document must be for a claim to be within the bounds. Where requests are not limited, a ring may be left from when
 *  they were: it is nobody's concern. */
const toCondition = (
  { user, weight: requests, lease }: AcquireRequest,
  { perMinute, concurrent }: LimitBounds,
  now: number,
): object => ({
  _id: user,
  ...(perMinute > 0 && { [`grants.${perMinute}`]: { $exists: false } }),
  ...(requests > 0 && { [`grants.${requests - 1}`]: { $lte: now - windowMs } }),
  ...(lease !== undefined && { [`leases.${concurrent - 1}`]: { $exists: false } }),
})

const toUpdate = ({ weight: requests, lease }: AcquireRequest, { perMinute }: LimitBounds, now: number): object => {
  const push = {
    ...(requests > 0 && { grants: { $each: Array<number>(requests).fill(now), $slice: -perMinute } }),
    ...(lease !== undefined && { leases: lease }),
  }
  return { $push: push }
}
