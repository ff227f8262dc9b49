import type { Log } from '../../runtime/log.ts'
import { attemptDelivery, type DeliverRecord, getDeliveryDelayMs } from '../delivery/delivery.ts'
import { toUsageRecord, type UsageRow } from '../store/row.ts'
import type { UsageStore } from '../store/store.ts'
import { backgroundBudgetMs, transitionAll } from './transition.ts'

/** The options of {@link deliverPending}. */
export interface PendingOptions {
  readonly store: UsageStore
  readonly deliver: DeliverRecord
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How a delivery ended: `postponed` is tried again, `dead` is given up. */
export type DeliveryResult = 'delivered' | 'postponed' | 'dead'

/** A row with its lease, and how its delivery ended. */
interface TriedRow {
  readonly row: UsageRow
  readonly result: DeliveryResult
}

/** During a delivery, no other run takes the row for this long, in milliseconds. */
const leaseMs = 120_000

/** Takes the leases of pending rows by moving their next attempts into the future, delivers their records at the same time, and writes
 *  the results. Rows with equal changes are written together. Resolves with the number of rows for each result: a row that
 *  another run has counts in none. */
export const deliverPending = async (
  rows: readonly UsageRow[],
  options: PendingOptions,
): Promise<Record<DeliveryResult, number>> => {
  const leased = await inGroups(rows, ({ attempts }) => String(attempts), leaseRows(options))
  const tried = await Promise.all(leased.flat().map(deliverRow(options)))
  const counts = { delivered: 0, postponed: 0, dead: 0 }
  await inGroups(
    tried,
    ({ row, result }) => `${result} ${row.attempts} ${row.mark}`,
    async (group) => {
      const [{ result }] = group
      const count = await writeResult(group, options)
      counts[result] += count
    },
  )
  return counts
}

/** Takes the leases of rows with equal numbers of attempts: a row that another run took has one more. Resolves with the rows that
 *  this run has now. */
const leaseRows =
  ({ store, now }: PendingOptions) =>
  async (rows: Group<UsageRow>): Promise<readonly UsageRow[]> => {
    const [{ attempts }] = rows
    const lease = { attempts: attempts + 1, next_at: now() + leaseMs }
    const when = { state: 'final', delivery: 'pending', attempts } as const
    const { count, mark } = await transitionAll(store, getIds(rows), { when, set: lease }, backgroundBudgetMs)
    if (count === rows.length) return rows.map((row) => ({ ...row, ...lease, mark }))
    if (count === 0) return []
    const atMost = { field: 'next_at', value: lease.next_at } as const
    return store.find({ equal: { ...when, ...lease, mark }, atMost, order: 'descending', limit: count })
  }

const deliverRow =
  ({ deliver, log }: PendingOptions) =>
  async (row: UsageRow): Promise<TriedRow> => {
    const { id, attempts } = row
    const reason = await attemptDelivery(deliver, toUsageRecord(row))
    const result = reason === undefined ? 'delivered' : getFailedResult(attempts)
    const [level, event] = resultLogs[result]
    log(level, event, { request_id: id, attempts, reason })
    return { row, result }
  }

/** Writes the same result to rows of one lease. Resolves with the number of rows whose lease held until now. */
const writeResult = async (tried: Group<TriedRow>, { store, now }: PendingOptions): Promise<number> => {
  const [{ row, result }] = tried
  const change = { when: { mark: row.mark }, set: resultFields[result](row.attempts, now()) }
  const { count } = await transitionAll(store, getIds(tried.map(({ row }) => row)), change, backgroundBudgetMs)
  return count
}

const getIds = (rows: readonly UsageRow[]): string[] => rows.map(({ id }) => id)

const getFailedResult = (attempts: number): 'postponed' | 'dead' =>
  getDeliveryDelayMs(attempts) === undefined ? 'dead' : 'postponed'

const resultFields: Readonly<Record<DeliveryResult, (attempts: number, now: number) => Partial<UsageRow>>> = {
  delivered: () => ({ delivery: 'sent' }),
  postponed: (attempts, now) => ({ next_at: now + (getDeliveryDelayMs(attempts) ?? 0) }),
  dead: () => ({ delivery: 'dead' }),
}

const resultLogs = {
  delivered: ['info', 'usage_delivered'],
  postponed: ['warn', 'usage_postponed'],
  dead: ['error', 'usage_dead'],
} as const

type Group<Item> = readonly [Item, ...Item[]]

/** Calls `work` at the same time for each group of items with one key. Resolves with the results. */
const inGroups = <Item, Result>(
  items: readonly Item[],
  toKey: (item: Item) => string,
  work: (group: Group<Item>) => Promise<Result>,
): Promise<Result[]> => {
  const groups = new Map<string, [Item, ...Item[]]>()
  for (const item of items) {
    const key = toKey(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return Promise.all([...groups.values()].map(work))
}
