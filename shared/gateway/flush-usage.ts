import { createEventFunction, type EventFunction } from '../http/event-function.ts'
import type { JsonObject } from '../runtime/json.ts'
import { type FlushCounts, flush } from '../usage/ledger/flush.ts'
import { redrive } from '../usage/ledger/redrive.ts'
import type { Config } from './config/config.ts'
import type { Variables } from './config/variable.ts'
import { rejectEndUsers } from './reject-end-users.ts'
import { createDelivery, createStore } from './stores.ts'

/** What one run of the flush did, in records. */
export interface FlushReport extends FlushCounts {
  readonly ok: true
  /** Records given up earlier that were made due again, where the event asks for it with `"redrive": true`. */
  readonly redriven: number
}

/** For one delivery, in milliseconds: nobody waits for it. */
const flushDeliveryTimeoutMs = 10_000

/** No new work begins after so long, in milliseconds; the function's own timeout is 60 s. */
const flushBudgetMs = 40_000

/** How much of that may go by before deliveries begin, in milliseconds. */
const redriveBudgetMs = 15_000

/** Closes the answers whose function died and delivers the records that the webhook has not taken yet. An event may hold
 *  `redrive: true`, which tries again what was given up, and `now`, a unix time in milliseconds, which sets the clock of the
 *  run's deliveries: one ahead of ours makes due at once what would be due by then. Answers that run are never closed by it.
 *  Whoever calls with the identity of an app's user is refused.
 *  @param environment the live one, because the platform writes a caller's identity into it with each call */
export const flushUsage = (config: Config, environment: Variables): EventFunction => {
  const { usage, server: edge } = config
  const store = createStore(usage.store)
  const deliver = createDelivery(usage, flushDeliveryTimeoutMs)
  return createEventFunction(async (event): Promise<FlushReport> => {
    rejectEndUsers(event, environment)
    const nothing = { ok: true, redriven: 0, orphans: 0, delivered: 0, postponed: 0, dead: 0 } as const
    if (!store) return nothing
    const startedAt = performance.now()
    const deliveryNow = createEventClock(event)
    const again = { store, now: deliveryNow, budgetMs: redriveBudgetMs }
    const redriven = event['redrive'] === true ? await redrive(again) : 0
    const left = flushBudgetMs - (performance.now() - startedAt)
    const options = { store, deliver, tariff: usage.tariff, log: edge.log, now: Date.now, deliveryNow }
    return { ...nothing, redriven, ...(await flush({ ...options, budgetMs: left })) }
  }, edge)
}

const createEventClock = ({ now }: JsonObject): (() => number) => {
  const ahead = typeof now === 'number' ? now - Date.now() : 0
  return () => Date.now() + ahead
}
