import type { Rest, Rests } from './rests.ts'

/** The store through which instances share rests. */
export interface RestStore {
  /** Undefined: the instances share no store. */
  readonly readRests: () => Promise<readonly Rest[] | undefined>
  readonly addRest: (rest: Rest) => Promise<void>
}

/** Time between two reads of the store, in milliseconds. */
const readEveryMs = 5_000

/** Rests that are shorter end before other instances read of them, in milliseconds. */
const minSharedMs = 3_000

/** The exchange of rests between instances. No call waits for it. */
export interface SharedRests {
  /** Reads the store if that is due. */
  readonly refresh: () => void
  readonly publish: (rest: Rest) => void
}

/** Creates the exchange. While the store fails, the instance goes by its own rests. */
export const createSharedRests = (store: RestStore, rests: Rests, now: () => number): SharedRests => {
  let dueAt = 0
  return {
    refresh: () => {
      if (now() < dueAt) return
      dueAt = now() + readEveryMs
      store.readRests().then(
        (found) => rests.learn(found ?? []),
        () => undefined,
      )
    },
    publish: (rest) => {
      if (rest.until - now() >= minSharedMs) store.addRest(rest).catch(() => undefined)
    },
  }
}
