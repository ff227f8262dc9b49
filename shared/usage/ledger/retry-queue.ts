import type { Log } from '../../runtime/log.ts'
import type { UsageStore } from '../store/store.ts'
import { type EndedResponse, writeFinal } from './settle.ts'

/** The ends of answers that the store did not take. */
export interface RetryQueue {
  /** Remembers one. What an instance takes with it when it stops stands in the log. */
  readonly add: (answer: EndedResponse) => void
  /** Tries them again, one by one until the store refuses; resolves when there is nothing left to try. It never rejects. */
  readonly retry: () => Promise<void>
}

/** Ends remembered at most. */
const maxQueued = 1_000

/** The ends that wait for a store to come back. They are tried with the next answers of this instance, because nothing goes on
 *  after a reply; where the flush was sooner, its word stays. */
export const createRetryQueue = (store: UsageStore | undefined, log: Log): RetryQueue => {
  const waiting = new Set<EndedResponse>()
  let trying: Promise<void> | undefined
  const tryAll = async (store: UsageStore): Promise<void> => {
    for (const answer of waiting) {
      try {
        if (await writeFinal(store, answer)) log('warn', 'usage_settled_late', { request_id: answer.row.id })
      } catch {
        // The next time begins with another: one that no store would ever take is in nobody's way.
        waiting.delete(answer)
        waiting.add(answer)
        return
      }
      waiting.delete(answer)
    }
  }
  return {
    add: (answer) => {
      if (waiting.size < maxQueued) waiting.add(answer)
    },
    retry: async () => {
      if (!store || waiting.size === 0) return
      trying ??= tryAll(store).finally(() => {
        trying = undefined
      })
      await trying
    },
  }
}
