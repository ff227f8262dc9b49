import { toDay } from '../../runtime/china-day.ts'
import { getErrorName } from '../../runtime/log.ts'
import { formatYuan } from '../../usage/cost/pricing.ts'
import type { UsageStore } from '../../usage/store/store.ts'
import { type AlertsConfig, readAlertsConfig } from '../config/alerts-config.ts'
import type { Config } from '../config/config.ts'
import type { AlertFacts } from '../stores/alert-book.ts'
import { openAlertBook } from '../stores/alerts.ts'
import { listAlertProblems } from '../stores/unenforced.ts'
import { AlertError, postAlerts } from './post-alerts.ts'

/** Finds what only the records show, and sends all alerts that wait. Resolves with the number that was sent. What fails is
 *  logged, and the next run tries again. */
export const flushAlerts = async (config: Config, store: UsageStore): Promise<number> => {
  const { log } = config.server
  for (const help of listAlertProblems(config)) log('error', 'alerts_misconfigured', { help })
  const options = config.alerts && readAlertsConfig(config.alerts)
  try {
    const book = await openAlertBook(config)
    if (!book || !options?.url) return 0
    for (const [cause, facts] of await findInRecords(store, options)) await book.add(cause, facts)
    const waiting = await book.take()
    if (waiting.length === 0) return 0
    const receiver = { ...options, url: options.url, allowPrivate: config.network.allowPrivate }
    const posted = await postAlerts(receiver, waiting, Date.now())
    await book.markSent(posted.map(({ cause }) => cause))
    return posted.length
  } catch (error) {
    log('error', 'alert_failed', { reason: toFailureReason(error) })
    return 0
  }
}

/** Only our own words: other messages may hold an address. */
const toFailureReason = (error: unknown): string =>
  error instanceof AlertError ? error.message : `the store failed (${getErrorName(error)})`

/** The most dead records that are counted. */
const maxCountedDead = 1_000

/** Finds a spend of the day above its bound, and records that were given up. */
const findInRecords = async (
  store: UsageStore,
  { dailyPoints, dailyYuan }: AlertsConfig,
): Promise<[cause: string, AlertFacts][]> => {
  const found: [string, AlertFacts][] = []
  const today = toDay(Date.now())
  const [totals] = dailyPoints + dailyYuan > 0 ? await store.totals({ by: [], from: today, to: today }) : []
  if (totals && dailyPoints > 0 && totals.points > dailyPoints)
    found.push(['spend_points', { kind: 'spend_points', points: totals.points, bound: dailyPoints }])
  if (totals && dailyYuan > 0 && totals.cost_nano > dailyYuan * 1e9)
    found.push(['spend_yuan', { kind: 'spend_yuan', yuan: formatYuan(totals.cost_nano), bound: dailyYuan }])
  const dead = await store.find({
    equal: { state: 'final', delivery: 'dead' },
    atMost: { field: 'next_at', value: Number.MAX_SAFE_INTEGER },
    order: 'ascending',
    limit: maxCountedDead,
  })
  if (dead.length > 0) found.push(['records_dead', { kind: 'records_dead', count: dead.length }])
  return found
}
