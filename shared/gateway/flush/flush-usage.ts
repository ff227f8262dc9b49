import { createEventFunction, type EventFunction } from '../../http/event-function.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { deliveryScheduleMs } from '../../usage/delivery/delivery.ts'
import { type FlushCounts, flush } from '../../usage/ledger/flush.ts'
import { redrive } from '../../usage/ledger/redrive.ts'
import type { Config } from '../config/config.ts'
import type { Variables } from '../config/variables/variable.ts'
import { rejectEndUsers } from '../reject-end-users.ts'
import { createDelivery } from '../stores/usage-ledger.ts'
import { createStore } from '../stores/usage-store.ts'

/** The result of one run of the flush, in records. */
export interface FlushReport extends FlushCounts {
  readonly ok: true
  /** Dead records that were made due again, because the event holds `"redrive": true`. */
  readonly redriven: number
  /** Wallets and grants that were brought to an end. Undefined: wallets are off. */
  readonly wallets?: number
  /** Alerts that were sent. Undefined: there are none to send. */
  readonly alerts?: number
}

/** Timeout of one delivery, in milliseconds. It is long, because no client waits. */
const flushDeliveryTimeoutMs = 10_000

/** No new work begins after this time, in milliseconds. The function's own timeout is 60 s. */
const flushBudgetMs = 40_000

/** The part of that time which is kept for wallets: a webhook that hangs may use up the rest in every run. */
const walletBudgetMs = 15_000

/** The part of that time which the redrive may use before deliveries begin, in milliseconds. */
const redriveBudgetMs = 15_000

/** Closes the records of calls whose function died, and delivers the records that the webhook has not accepted yet. The
 *  event may hold `redrive: true`, which tries dead records again. It may hold `now`, a unix time in milliseconds,
 *  which sets the clock of the run's deliveries. A time ahead of ours, by 72 hours at most, makes the records due that
 *  are due by then. It never closes a call that still runs. A call on behalf of an app's user is rejected.
 *  @param environment the live one, because the platform may write a caller's identity into it with each call
 *  @throws permission_denied (403) */
export const flushUsage = (config: Config, environment: Variables): EventFunction => {
  const { usage, server } = config
  const store = createStore(usage.store)
  const deliver = createDelivery(usage, flushDeliveryTimeoutMs)
  return createEventFunction(async (event, context): Promise<FlushReport> => {
    rejectEndUsers({ event, context, environment })
    if (!store) return { ok: true, redriven: 0, orphans: 0, delivered: 0, postponed: 0, dead: 0 }
    try {
      const startedAt = performance.now()
      const deliveryNow = createEventClock(event)
      const redriveOptions = { store, now: deliveryNow, budgetMs: redriveBudgetMs }
      const redriven = event['redrive'] === true ? await redrive(redriveOptions) : 0
      const keptMs = config.wallet.kind === 'on' ? walletBudgetMs : 0
      const budgetMs = flushBudgetMs - keptMs - (performance.now() - startedAt)
      const { value: tariff } = usage.tariff
      const counts = await flush({ store, deliver, tariff, log: server.log, now: Date.now, deliveryNow, budgetMs })
      await (await import('./flush-claims.ts')).flushClaims(config)
      const leftMs = flushBudgetMs - (performance.now() - startedAt)
      const wallets = config.wallet.kind === 'on' && {
        wallets: await (await import('./flush-wallets.ts')).flushAllWallets(config, { store, budgetMs: leftMs }),
      }
      const alerts = config.alerts && { alerts: await (await import('./flush-alerts.ts')).flushAlerts(config, store) }
      return { ok: true, redriven, ...counts, ...wallets, ...alerts }
    } finally {
      // The next run is a minute away. Until then, connections to the database are worth more to the functions that serve users.
      await store.end()
    }
  }, server)
}

/** Creates the clock of the run's deliveries from the event's `now`. It is never behind ours. It is ahead by at most the
 *  time of the delivery schedule: a failed delivery is tried again by this clock, so a date far ahead would put the
 *  next attempt as far away. */
const createEventClock = ({ now }: JsonObject): (() => number) => {
  const aheadMs = typeof now === 'number' ? Math.max(0, Math.min(now - Date.now(), deliveryScheduleMs)) : 0
  return () => Date.now() + aheadMs
}
