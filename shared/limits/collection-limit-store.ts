import { addMissing, type CollectionOptions, createCollection, getList, isUpdated } from '../drivers/collection.ts'
import { type AcquireRequest, getLimitsName, type LimitBounds, type LimitStore, windowMs } from './limit-store.ts'

/** Counts in a collection beside that of the usage records, for all instances. Each user has one document, whose `_id` is the user's
 *  id. Its `grants` are the timestamps: a ring of exactly `perMinute` times, filled up with zeros, so that the oldest one has a fixed
 *  place that a condition can name. The updates are MongoDB's own (`raw`): the SDK does not document how it translates its
 *  commands in nested places. */
export const collectionLimitStore = (
  bounds: LimitBounds,
  options: CollectionOptions,
  now: () => number = Date.now,
): LimitStore => {
  const { runAgain } = createCollection({ ...options, collection: getLimitsName(options.collection) })
  const update = (where: object, set: object) =>
    runAgain((users) => users.options({ raw: true }).where(where).update(set))
  const emptyRing = Array<number>(bounds.perMinute).fill(0)
  return {
    tryAcquire: async (request) =>
      isUpdated(await update(toCondition(request, bounds, now()), toUpdate(request, bounds, now()))),
    read: async (user) => {
      const [document] = getList((await runAgain((users) => users.where({ _id: user }).limit(1).get())).data)
      const { grants: timestamps, leases } = { ...document }
      if (!Array.isArray(timestamps) || !Array.isArray(leases)) return undefined
      if (bounds.perMinute > 0 && timestamps.length !== bounds.perMinute) return undefined
      return { timestamps, leases, now: now() }
    },
    prune: async (user, leases) => {
      const resized = { $push: { grants: { $each: emptyRing, $position: 0, $slice: -bounds.perMinute } } }
      const set = { ...(bounds.perMinute > 0 && resized), $pull: { leases: { $in: leases } } }
      if (isUpdated(await update({ _id: user }, set))) return
      await addMissing([{ _id: user, grants: emptyRing, leases: [] }], (documents) =>
        runAgain((users) => users.add(documents)),
      )
    },
    release: async (user, lease) => {
      await update({ _id: user }, { $pull: { leases: lease } })
    },
  }
}

/** The condition on a user's document for a request to be within the bounds. If requests are not limited now, a ring from the time
 *  when they were is ignored. */
const toCondition = (
  { user, weight, lease }: AcquireRequest,
  { perMinute, concurrent }: LimitBounds,
  now: number,
): object => ({
  _id: user,
  ...(perMinute > 0 && { [`grants.${perMinute}`]: { $exists: false } }),
  ...(weight > 0 && { [`grants.${weight - 1}`]: { $lte: now - windowMs } }),
  // The same lease is never added twice: the update runs again if its first reply is lost.
  ...(lease !== undefined && { [`leases.${concurrent - 1}`]: { $exists: false }, leases: { $ne: lease } }),
})

const toUpdate = ({ weight, lease }: AcquireRequest, { perMinute }: LimitBounds, now: number): object => {
  const push = {
    ...(weight > 0 && { grants: { $each: Array<number>(weight).fill(now), $slice: -perMinute } }),
    ...(lease !== undefined && { leases: lease }),
  }
  return { $push: push }
}
