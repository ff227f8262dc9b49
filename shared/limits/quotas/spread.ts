import type { RangeStore } from '../../drivers/change-row.ts'
import {
  countUsed,
  createEmptyCounts,
  findFreeTimeIn,
  type QuotaRefusal,
  type QuotaState,
  type QuotaUse,
} from './count.ts'
import type { Quota, QuotaSubject, QuotaUnit } from './quota.ts'

/** The rows that count a subject which all calls may share. Each counts up to its share of a limit, so together they never
 *  pass it, and no row is changed by all instances. */
export const spreadRows = 32

/** Whether the counts of a subject are spread over {@link spreadRows}: those to which the calls of all users add. */
export const isSpread = (per: QuotaSubject): boolean => per === 'environment' || per === 'model'

/** The part of a call's uses that goes to each row, by the row's number. */
export type Plan = ReadonlyMap<number, readonly QuotaUse[]>

/** The least share of a row, if the limit is not smaller: a small limit does not need many rows. */
const minShares: Readonly<Record<QuotaUnit, number>> = { requests: 100, tokens: 1_000_000, points: 10_000 }

/** The share of a quota's limit that a row may count. All shares together are the limit. */
export const getShare = ({ unit, limit }: Pick<Quota, 'unit' | 'limit'>, row: number): number => {
  const rows = Math.min(Math.max(Math.floor(limit / minShares[unit]), 1), spreadRows)
  return row < rows ? Math.floor(limit / rows) + (row < limit % rows ? 1 : 0) : 0
}

/** The id of a row of a spread subject. Ids of one subject sort by number, and none begins as another's. */
export const toSpreadId = (subject: string, row: number): string => `${subject}:${String(row).padStart(2, '0')}`

/** Plans all uses of a call for one row. Returns undefined if they are more than its share. */
export const planForRow = (uses: readonly QuotaUse[], row: number): Plan | undefined => {
  const own = uses.map((use) => ({ ...use, limit: getShare(use.quota, row) }))
  return own.every(({ amount, limit }) => amount <= limit) ? new Map([[row, own]]) : undefined
}

/** What a plan goes by. */
export interface PlanOptions {
  /** The row to use if it has room. */
  readonly home: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Plans the uses of a call by the room that rows have: in one row if one has room for all; otherwise each use in those with
 *  the most. Returns the refusal of the first quota for which all together have too little. */
export const planByRoom = (
  uses: readonly QuotaUse[],
  states: readonly QuotaState[],
  { home, now }: PlanOptions,
): Plan | QuotaRefusal => {
  const getRoom = (quota: Quota, row: number): number =>
    Math.max(0, getShare(quota, row) - countUsed(states[row] ?? createEmptyCounts(), quota, now))
  const rows = Array.from({ length: spreadRows }, (_, row) => row)
  const fits = rows.filter((row) => uses.every(({ quota, amount }) => amount <= getRoom(quota, row)))
  const fit = fits.includes(home) ? home : pickRoomy(fits, (row) => getLeast(uses, row, getRoom))
  if (fit !== undefined) return planForRow(uses, fit) ?? new Map()
  const plan = new Map<number, QuotaUse[]>()
  for (const use of uses) {
    const used = states.reduce((sum, state) => sum + countUsed(state, use.quota, now), 0)
    if (use.amount > 0 && used + use.amount > use.limit) return { ...use, freeAt: findFreeTimeIn(states, use) }
    let left = use.amount
    const byRoom = [...rows].sort((one, other) => getRoom(use.quota, other) - getRoom(use.quota, one))
    for (const row of byRoom) {
      const amount = Math.min(left, getRoom(use.quota, row))
      if (amount === 0) break
      plan.set(row, [...(plan.get(row) ?? []), { ...use, amount, limit: getShare(use.quota, row) }])
      left -= amount
    }
    // Rows may hold more than their share: calls that used more than they took.
    if (left > 0) return { ...use, freeAt: findFreeTimeIn(states, use) }
  }
  return plan
}

/** Picks one of the rows that have at least half as much room as the roomiest: calls that look at the same time go apart. */
const pickRoomy = (rows: readonly number[], getRoom: (row: number) => number): number | undefined => {
  const most = Math.max(...rows.map(getRoom))
  const roomy = rows.filter((row) => getRoom(row) * 2 >= most)
  return roomy[Math.floor(Math.random() * roomy.length)]
}

/** The room of a row for the use that has the least there, as a part of its limit. */
const getLeast = (uses: readonly QuotaUse[], row: number, getRoom: (quota: Quota, row: number) => number): number =>
  Math.min(...uses.map(({ quota, limit }) => getRoom(quota, row) / limit))

/** Reads the rows of a spread subject. Rows that do not exist are empty. */
export const readSpread = async (store: Pick<RangeStore, 'findRange'>, subject: string): Promise<QuotaState[]> => {
  const found = await store.findRange({ from: `${subject}:`, below: `${subject};`, limit: spreadRows })
  const byId = new Map(found.map(({ id, data }) => [id, JSON.parse(data) as QuotaState]))
  return Array.from({ length: spreadRows }, (_, row) => byId.get(toSpreadId(subject, row)) ?? createEmptyCounts())
}
