import { createChangeRow, type RowStore } from '../../drivers/change-row.ts'

/** What an operator should know at once. */
export type AlertFacts =
  | { readonly kind: 'key_refused' | 'account_empty'; readonly provider: string; readonly target: string }
  | { readonly kind: 'target_rests'; readonly target: string; readonly reason: string; readonly minutes: number }
  | { readonly kind: 'low_balance'; readonly user_id: string; readonly balance: number; readonly bound: number }
  | { readonly kind: 'spend_points'; readonly points: number; readonly bound: number }
  | { readonly kind: 'spend_yuan'; readonly yuan: string; readonly bound: number }
  | { readonly kind: 'records_dead'; readonly count: number }

/** An alert, and when it was found. */
export interface Alert {
  /** Names the cause, such as `target_rests:chat/2`. Alerts with one cause are sent once an hour. */
  readonly cause: string
  readonly facts: AlertFacts
  /** Milliseconds since 1970. */
  readonly foundAt: number
}

/** The alerts that all instances have found. Each method rejects if the store cannot be used. */
export interface AlertBook {
  /** Adds an alert. It is dropped if its cause waits already, or has had an alert within the hour. */
  readonly add: (cause: string, facts: AlertFacts) => Promise<void>
  /** Returns alerts that wait, earliest first. No other run gets them for a minute. */
  readonly take: () => Promise<readonly Alert[]>
  /** Keeps that alerts have been sent. */
  readonly markSent: (causes: readonly string[]) => Promise<void>
}

/** The row of the alerts, beside the wallets. No other row has this id. */
const bookRow = 'alerts'

/** The least time between two alerts with one cause, in milliseconds. */
const minRepeatMs = 3_600_000

/** How long a run has for the alerts that it takes, in milliseconds. */
const takenMs = 55_000

/** The most alerts that wait, and the most causes that are remembered. So the row stays below 100 KB. */
const maxWaitingAlerts = 200
const maxRemembered = 500

/** The most alerts of one run. */
const maxTaken = 20

/** The content of the row, by cause. */
interface BookState {
  readonly waiting: { [cause: string]: Omit<Alert, 'cause'> & { readonly takenUntil: number } }
  /** When an alert was sent. */
  readonly sent: { [cause: string]: number }
}

/** Creates the book of a store.
 *  @param now milliseconds since 1970 */
export const createAlertBook = (store: RowStore, now: () => number = Date.now): AlertBook => {
  const change = createChangeRow<BookState>(store, { create: () => ({ waiting: {}, sent: {} }) })
  return {
    add: (cause, facts) =>
      change(bookRow, ({ waiting, sent }) => {
        const isKnown = waiting[cause] !== undefined || (sent[cause] ?? 0) > now() - minRepeatMs
        if (isKnown || Object.keys(waiting).length >= maxWaitingAlerts) return
        waiting[cause] = { facts, foundAt: now(), takenUntil: 0 }
      }),
    take: () =>
      change(bookRow, ({ waiting }) => {
        const due = Object.entries(waiting).filter(([, { takenUntil }]) => takenUntil <= now())
        const taken = due.sort(([, one], [, other]) => one.foundAt - other.foundAt).slice(0, maxTaken)
        for (const [cause, alert] of taken) waiting[cause] = { ...alert, takenUntil: now() + takenMs }
        return taken.map(([cause, { facts, foundAt }]) => ({ cause, facts, foundAt }))
      }),
    markSent: (causes) =>
      change(bookRow, ({ waiting, sent }) => {
        for (const cause of causes) {
          delete waiting[cause]
          sent[cause] = now()
        }
        const byAge = Object.entries(sent).sort(([, one], [, other]) => other - one)
        for (const [index, [cause, sentAt]] of byAge.entries())
          if (index >= maxRemembered || sentAt <= now() - minRepeatMs) delete sent[cause]
      }),
  }
}
