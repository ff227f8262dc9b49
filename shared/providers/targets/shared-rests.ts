import type { Rest, Rests } from './rests.ts'

/** The store through which instances share rests. */
export interface RestStore {
  /** Undefined: the instances share no store. */
  readonly readRests: () => Promise<readonly Rest[] | undefined>
  readonly addRest: (rest: Rest) => Promise<void>
  /** Removes all rests of a target, whatever their reasons.
   *  @param id the result of `getTargetId` */
  readonly removeRests: (id: string) => Promise<void>
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
  /** Reports to the other instances that a target works again. Its stored rests do not count here any more. */
  readonly withdraw: (rest: Rest) => void
}

/** Creates the exchange. While the store fails, the instance goes by its own rests, and reports later which have ended. */
export const createSharedRests = (store: RestStore, rests: Rests, now: () => number): SharedRests => {
  /** The targets whose rests are still to be removed from the store. */
  const ended = new Set<string>()
  let dueAt = 0
  let last: Promise<void> = Promise.resolve()
  const exchange = async (): Promise<void> => {
    for (const id of ended) {
      await store.removeRests(id)
      ended.delete(id)
    }
    const found = await store.readRests()
    rests.learn((found ?? []).filter(({ id }) => !ended.has(id)))
  }
  // One after another: a slow read must not bring back what has been removed meanwhile.
  const exchangeNext = (): void => {
    dueAt = now() + readEveryMs
    last = last.then(exchange).catch(() => undefined)
  }
  return {
    refresh: () => {
      if (now() >= dueAt) exchangeNext()
    },
    publish: (rest) => {
      ended.delete(rest.id)
      if (rest.until - now() >= minSharedMs) store.addRest(rest).catch(() => undefined)
    },
    withdraw: ({ id, until }) => {
      if (until <= now()) return
      ended.add(id)
      exchangeNext()
    },
  }
}
