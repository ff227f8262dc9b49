import { getElapsedMs, getMoment, type Moment } from '../../runtime/clock.ts'
import type { UsageStore } from '../store/store.ts'

/** A store, and the result of its last writes. */
export interface WatchedStore {
  readonly store: UsageStore
  /** Whether the next insert may fail: a write has failed since the last insert, or the last write is so long ago that the store may
   *  have gone since. A store that was never used is not in doubt. */
  readonly isInDoubt: () => boolean
}

/** How long a write that succeeded speaks for the next one, in milliseconds. */
const trustMs = 5_000

/** Watches the writes of a store. */
export const watchStore = (store: UsageStore, now: () => Moment = getMoment): WatchedStore => {
  let hasFailed = false
  let succeededAt: Moment | undefined
  const watch =
    <Given extends unknown[], Result>(write: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      try {
        const result = await write(...given)
        succeededAt = now()
        return result
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  const insert = watch(store.insert)
  return {
    store: {
      ...store,
      insert: async (...given) => {
        await insert(...given)
        hasFailed = false
      },
      change: watch(store.change),
    },
    isInDoubt: () => hasFailed || (succeededAt !== undefined && getElapsedMs(succeededAt, now()) > trustMs),
  }
}
