import { toUsage, type Usage } from '../../protocol/usage.ts'
import type { Log } from '../../runtime/log.ts'
import { priceUsage, type Tariff } from '../cost/pricing.ts'
import type { DeliverRecord } from '../delivery/delivery.ts'
import { getRowPrices, toFinalFields, type UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import { backgroundBudgetMs, transition } from './transition.ts'

/** The options of {@link closeOrphan}. */
export interface OrphanOptions {
  readonly store: UsageStore
  /** Undefined: the record needs no delivery. */
  readonly deliver: DeliverRecord | undefined
  readonly tariff: Tariff
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Closes the row of a call whose function died. Resolves with `false` if another run came first. */
export const closeOrphan = async (row: UsageRow, options: OrphanOptions): Promise<boolean> => {
  const { store, tariff, deliver, now, log } = options
  const usage = getOrphanUsage(row)
  const closing = { outcome: 'orphan', usage, estimated: true, latencyMs: row.latency_ms, ttftMs: row.ttft_ms } as const
  const final = toFinalFields(closing, priceUsage(closing, getRowPrices(row), tariff), now())
  const set = { ...final, ...(deliver && ({ delivery: 'pending', next_at: now() } as const)) }
  const when = { state: 'open', mark: row.mark } as const
  if (!(await transition(store, row.id, { when, set }, backgroundBudgetMs))) return false
  log('warn', 'usage_orphaned', { request_id: row.id })
  return true
}

/** An orphan is charged for its prompt and for the output up to its last progress. Without any progress, it is charged nothing: no
 *  delivered output is proven. */
const getOrphanUsage = ({ prompt_estimate: prompt, progress_tokens: completion }: UsageRow): Usage =>
  completion === 0 ? toUsage(0, 0) : toUsage(prompt, completion)
