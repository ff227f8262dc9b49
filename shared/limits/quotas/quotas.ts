import { type ChangeRow, createChangeRow, type RowStore } from '../../drivers/change-row.ts'
import { sha256 } from '../../runtime/sha256.ts'
import {
  correct,
  createEmptyCounts,
  giveBack,
  type QuotaRefusal,
  type QuotaState,
  type QuotaUse,
  take,
} from './count.ts'
import { listSubjects, type Quota, type QuotaCall, type QuotaUnit } from './quota.ts'
import { createRefusalCache } from './refusal-cache.ts'

/** The amounts of a call, by unit. */
export type Amounts = Readonly<Record<QuotaUnit, number>>

/** A call that asks for its share of the quotas. */
export interface QuotaRequest extends QuotaCall {
  /** The id of the usage record. */
  readonly id: string
  /** The most that the call may use. */
  readonly amounts: Amounts
  /** How long it can run, in milliseconds. */
  readonly maxMs: number
}

/** The parts of quotas that a call holds. */
export interface QuotaShare {
  /** Replaces the amounts that were taken by those that were used. Requests stay counted. A repeat has no effect. */
  readonly settle: (used: Pick<Amounts, 'tokens' | 'points'>) => Promise<void>
}

/** The counts of quotas. */
export interface Quotas {
  /** Takes the most that a call may use from all quotas that apply to it, or from none. Resolves with the quota that is
   *  full, if one is. Simultaneous calls never pass a limit.
   *  @throws if the store cannot be used */
  readonly take: (quotas: readonly Quota[], request: QuotaRequest) => Promise<QuotaShare | QuotaRefusal>
}

/** The options of {@link createQuotas}. */
export interface QuotasOptions {
  readonly store: RowStore
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** The parts that a call takes from one row. */
interface RowTaking {
  readonly id: string | undefined
  readonly uses: readonly QuotaUse[]
  /** How long it may be corrected, in milliseconds. */
  readonly openMs: number
}

/** A call's id stays in a row this much longer than the call can run, in milliseconds. */
const openMarginMs = 60_000

/** How long a call's id stays in a row that only gives it back at once, if another row refuses the call. */
const shortOpenMs = 5_000

/** Creates the counts of a store. Each subject has one row, so that all of its quotas are counted by one change. The rows
 *  of a call are changed at the same time; if one of them refuses, the others get their amounts back. */
export const createQuotas = ({ store, now = Date.now }: QuotasOptions): Quotas => {
  const change = createChangeRow<QuotaState>(store, { create: createEmptyCounts })
  const refusals = createRefusalCache(now)
  return {
    take: async (quotas, request) => {
      const rows = groupByRow(quotas, request)
      const known = refusals.find(rows)
      if (known) return known
      const takenAt = now()
      const correctRows = createCorrectRows(rows, { change, takenAt })
      const results = await Promise.allSettled(
        [...rows].map(([row, { openMs, ...taking }]) =>
          change(row, (state) => take(state, { ...taking, until: takenAt + openMs }, now())),
        ),
      )
      const refusal = selectRefusal(quotas, results.flatMap(toRefusal))
      const failure = results.find((result) => result.status === 'rejected')
      if (!refusal && !failure) return { settle: (used) => correctRows((use) => getDifference(use, used)) }
      refusals.add([...rows.keys()], results)
      await undo([...rows], results, { change, takenAt, now })
      if (refusal) return refusal
      throw failure?.reason
    },
  }
}

const toRefusal = (result: PromiseSettledResult<QuotaRefusal | undefined>): QuotaRefusal[] =>
  result.status === 'fulfilled' && result.value ? [result.value] : []

/** Finds the refusal of the quota that is defined first. */
const selectRefusal = (quotas: readonly Quota[], refusals: readonly QuotaRefusal[]): QuotaRefusal | undefined =>
  [...refusals].sort((one, other) => quotas.indexOf(one.quota) - quotas.indexOf(other.quota))[0]

/** Requests are known before a call. Tokens and points are known after it. */
const getDifference = ({ quota, amount }: QuotaUse, used: Pick<Amounts, 'tokens' | 'points'>): number =>
  quota.unit === 'requests' ? 0 : used[quota.unit] - amount

interface CorrectOptions {
  readonly change: ChangeRow<QuotaState>
  readonly takenAt: number
}

/** Creates the function that adds differences to the rows of a call. If all of a row are 0, it is not written. */
const createCorrectRows =
  (rows: ReadonlyMap<string, RowTaking>, { change, takenAt }: CorrectOptions) =>
  async (getChange: (use: QuotaUse) => number): Promise<void> => {
    const corrections = [...rows].map(async ([row, { id, uses }]) => {
      const changes = uses.map((use) => ({ ...use, amount: getChange(use) }))
      if (id === undefined || changes.every(({ amount }) => amount === 0)) return
      await change(row, (state) => correct(state, { id, uses: changes }, takenAt))
    })
    await settleAll(corrections)
  }

/** Waits for all changes, even if one fails.
 *  @throws the error of the first that failed */
const settleAll = async (changes: readonly Promise<void>[]): Promise<void> => {
  const failed = (await Promise.allSettled(changes)).find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

/** Gives back what rows have taken. A row whose change failed may have taken it or not: its open calls show that. */
const undo = async (
  rows: readonly [string, RowTaking][],
  results: readonly PromiseSettledResult<QuotaRefusal | undefined>[],
  { change, takenAt, now }: CorrectOptions & { readonly now: () => number },
): Promise<void> => {
  const changes = rows.map(async ([row, { id, uses }], index) => {
    const result = results[index]
    if (result?.status === 'rejected') {
      const negated = uses.map((use) => ({ ...use, amount: -use.amount }))
      await change(row, (state) => correct(state, { id, uses: negated }, takenAt))
    } else if (result?.value === undefined)
      await change(row, (state) => giveBack(state, { id, uses }, { takenAt, now: now() }))
  })
  await settleAll(changes)
}

/** Groups what a call takes by row. A call is open in a row if it may give something back there: because it may use less,
 *  or because another row may refuse it. */
const groupByRow = (quotas: readonly Quota[], request: QuotaRequest): Map<string, RowTaking> => {
  const rows = new Map<string, QuotaUse[]>()
  for (const quota of quotas) {
    const amount = Math.min(request.amounts[quota.unit], getMaxAmount(quota))
    for (const subject of listSubjects(quota, request)) {
      const row = toRowId(quota.per, subject)
      rows.set(row, [...(rows.get(row) ?? []), { quota, amount }])
    }
  }
  const toTaking = (uses: readonly QuotaUse[]): RowTaking => {
    const isSettled = uses.some(({ quota }) => quota.unit !== 'requests')
    const openMs = isSettled ? request.maxMs + openMarginMs : shortOpenMs
    return { id: isSettled || rows.size > 1 ? request.id : undefined, uses, openMs }
  }
  return new Map([...rows].map(([row, uses]) => [row, toTaking(uses)]))
}

/** A request for several choices counts at most as the whole limit, as for `RATE_LIMIT_PER_MINUTE`: else it could never be
 *  sent. */
const getMaxAmount = ({ unit, limit }: Quota): number => (unit === 'requests' ? limit : Number.MAX_SAFE_INTEGER)

/** The longest subject that is part of a row's id as it is. */
const maxSubjectLength = 128

/** The id of a row of counts. No other row of the table begins like it. */
export const toRowId = (per: string, subject: string): string =>
  `quota:${per}:${subject.length > maxSubjectLength ? sha256(subject).toString('hex') : subject}`
