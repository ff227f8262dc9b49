import type { ChangeRow } from '../../drivers/change-row.ts'
import {
  correct,
  giveBack,
  type JoinedRow,
  type QuotaRefusal,
  type QuotaState,
  type QuotaUse,
  take,
  withdraw,
} from './count.ts'
import type { QuotaUnit } from './quota.ts'

/** The amounts of a call, by unit. */
export type Amounts = Readonly<Record<QuotaUnit, number>>

/** The parts of quotas that a call holds. */
export interface QuotaShare {
  /** Replaces the amounts that were taken by those that were used. Requests stay counted. A repeat has no effect. */
  readonly settle: (used: Pick<Amounts, 'tokens' | 'points'>) => Promise<void>
}

/** The part that a call takes from one row. */
export interface RowTaking {
  readonly id: string | undefined
  readonly uses: readonly QuotaUse[]
  /** How long it may be corrected, in milliseconds. */
  readonly openMs: number
}

/** What was taken from rows. */
export interface TakenRows extends QuotaShare {
  /** Gives all of it back. */
  readonly giveBack: () => Promise<void>
}

/** Takes what a call may use from all rows of a subject, or from none. Resolves with the refusals, if there are some, or with the row
 *  that counts instead.
 *  @throws if the store cannot be used */
export type TakeRows = (
  rows: ReadonlyMap<string, RowTaking>,
) => Promise<TakenRows | readonly QuotaRefusal[] | JoinedRow>

/** Creates the function that changes the rows of calls. The rows of a call are changed at the same time; if one of them
 *  refuses, the others get their amounts back. */
export const createTakeRows =
  (change: ChangeRow<QuotaState>, now: () => number): TakeRows =>
  async (rows) => {
    const takenAt = now()
    const results = await Promise.allSettled(
      [...rows].map(([row, { openMs, id, uses }]) =>
        change(row, (state) => take(state, { id, uses, until: takenAt + openMs }, now())),
      ),
    )
    const answers = results.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : []))
    const joined = answers.find((answer) => 'owner' in answer)
    const refusals = answers.flatMap((answer) => ('owner' in answer ? [] : [answer]))
    const failure = results.find((result) => result.status === 'rejected')
    const giveBackAll = () => undo([...rows], results, { change, takenAt, now })
    if (answers.length === 0 && !failure)
      return { settle: (used) => settleRows(rows, used, { change, takenAt }), giveBack: giveBackAll }
    await giveBackAll()
    if (joined) return joined
    if (refusals.length > 0) return refusals
    throw failure?.reason
  }

type TakeResult = PromiseSettledResult<QuotaRefusal | JoinedRow | undefined> | undefined

interface CorrectOptions {
  readonly change: ChangeRow<QuotaState>
  readonly takenAt: number
}

/** Adds to the rows of a call what it has used beyond the amounts that were taken, or gives back what it has not. If all
 *  differences of a row are 0, it is not written. */
const settleRows = async (
  rows: ReadonlyMap<string, RowTaking>,
  used: Pick<Amounts, 'tokens' | 'points'>,
  { change, takenAt }: CorrectOptions,
): Promise<void> => {
  const differences = getDifferences([...rows.values()], used)
  const corrections = [...rows].map(async ([row, { id, uses }]) => {
    const changes = uses.map((use) => ({ ...use, amount: differences.get(use) ?? 0 }))
    if (id === undefined || changes.every(({ amount }) => amount === 0)) return
    await change(row, (state) => correct(state, { id, uses: changes }, takenAt))
  })
  await settleAll(corrections)
}

/** Requests are known before a call. Tokens and points are known after it: of the parts of a quota, the last ones are
 *  given back first, and what goes beyond all of them is added to the first. */
const getDifferences = (
  takings: readonly RowTaking[],
  used: Pick<Amounts, 'tokens' | 'points'>,
): Map<QuotaUse, number> => {
  const parts = new Map<string, QuotaUse[]>()
  for (const use of takings.flatMap(({ uses }) => uses))
    parts.set(use.quota.name, [use, ...(parts.get(use.quota.name) ?? [])])
  const differences = new Map<QuotaUse, number>()
  for (const uses of parts.values()) {
    const { unit = 'requests' } = uses[0]?.quota ?? {}
    let left = unit === 'requests' ? 0 : used[unit] - uses.reduce((sum, { amount }) => sum + amount, 0)
    for (const [index, use] of uses.entries()) {
      const difference = left > 0 && index < uses.length - 1 ? 0 : Math.max(left, -use.amount)
      differences.set(use, difference)
      left -= difference
    }
  }
  return differences
}

/** Waits for all changes, even if one fails.
 *  @throws the error of the first that failed */
export const settleAll = async (changes: readonly Promise<unknown>[]): Promise<void> => {
  const failed = (await Promise.allSettled(changes)).find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

/** Gives back what rows have taken. A row whose change failed may have taken it or not. */
const undo = async (
  rows: readonly [string, RowTaking][],
  results: readonly TakeResult[],
  { change, takenAt, now }: CorrectOptions & { readonly now: () => number },
): Promise<void> => {
  const changes = rows.map(async ([row, taking], index) => {
    const result = results[index]
    const isRefused = result?.status === 'fulfilled' && result.value !== undefined
    const takeBack = result?.status === 'rejected' ? withdraw : giveBack
    if (!isRefused) await change(row, (state) => takeBack(state, taking, { takenAt, now: now() }))
  })
  await settleAll(changes)
}
