import type { Log } from '../../runtime/log.ts'
import type { UsageStore } from '../store/store.ts'
import { type EndedCall, writeFinal } from './settle.ts'

/** The ends of calls that the store did not take. */
export interface RetryQueue {
  /** Adds an end. It is lost when the instance stops, but its record is in the log. */
  readonly add: (ended: EndedCall) => void
  /** Writes the ends one by one, until the queue is empty or the store fails. Never rejects. */
  readonly retry: () => Promise<void>
}

/** The most ends in the queue. */
const maxQueued = 1_000

/** Creates a queue for a store that fails. The ends are written with the next calls of this instance, because no work goes on after a
 *  reply. If the flush has closed a row first, its result stays. */
export const createRetryQueue = (store: UsageStore | undefined, log: Log): RetryQueue => {
  const queued = new Set<EndedCall>()
  let running: Promise<void> | undefined
  const retryAll = async (store: UsageStore): Promise<void> => {
    for (const ended of queued) {
      try {
        if (await writeFinal(store, ended)) log('warn', 'usage_settled_late', { request_id: ended.row.id })
      } catch {
        // The next run begins with another end: one that the store never takes must not block the rest.
        queued.delete(ended)
        queued.add(ended)
        return
      }
      queued.delete(ended)
    }
  }
  return {
    add: (ended) => {
      if (queued.size < maxQueued) queued.add(ended)
    },
    retry: async () => {
      if (!store || queued.size === 0) return
      running ??= retryAll(store).finally(() => {
        running = undefined
      })
      await running
    },
  }
}
