import { createChangeRow, type RangeStore } from '../../drivers/change-row.ts'
import { sha256Hex } from '../../runtime/sha256.ts'
import { createEmptyCounts, type QuotaRefusal, type QuotaState, type QuotaUse } from './count.ts'
import { listSubjects, type Quota, type QuotaCall, type QuotaSubject } from './quota.ts'
import {
  type Amounts,
  createTakeRows,
  type QuotaShare,
  type RowTaking,
  settleAll,
  type TakeRows,
} from './quota-rows.ts'
import { createRefusalCache } from './refusal-cache.ts'
import { isSpread } from './spread.ts'
import { createTakeSpread, type Subject, type TakeSpread } from './take-spread.ts'

/** A call that asks for its share of the quotas. */
export interface QuotaRequest extends QuotaCall {
  /** The id of the usage record. */
  readonly id: string
  /** The most that the call may use. */
  readonly amounts: Amounts
  /** How long it can run, in milliseconds. */
  readonly maxMs: number
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
  readonly store: RangeStore
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** A call's id stays in a row this much longer than the call can run, in milliseconds. */
const openMarginMs = 60_000

/** How long a call's id stays in a row that only gives it back at once, if another row refuses the call. */
const shortOpenMs = 5_000

/** Creates the counts of a store. All quotas of a subject are counted by one change of a row. The subjects that all calls
 *  share have several rows: an instance uses one of them, and looks for another when that is full. What a call takes from
 *  its subjects it takes at the same time; if one of them is full, the others get it back. */
export const createQuotas = ({ store, now = Date.now }: QuotasOptions): Quotas => {
  const takeRows = createTakeRows(createChangeRow<QuotaState>(store, { create: createEmptyCounts }), now)
  const refusals = createRefusalCache(now)
  const takeSpread = createTakeSpread({ store, takeRows, now })
  const takeOwn = createTakeOwn(takeRows)
  return {
    take: async (quotas, request) => {
      const subjects = groupBySubject(quotas, request)
      const known = refusals.find(subjects)
      if (known) return known
      const results = await Promise.allSettled(
        subjects.map((subject) => (subject.isSpread ? takeSpread(subject) : takeOwn(subject))),
      )
      const taken = results.flatMap((result) =>
        result.status === 'fulfilled' && 'settle' in result.value ? [result.value] : [],
      )
      if (taken.length === subjects.length)
        return { settle: (used) => settleAll(taken.map(({ settle }) => settle(used))) }
      await settleAll(taken.map(({ giveBack }) => giveBack()))
      const refused = results.map((result) =>
        result.status === 'fulfilled' && !('settle' in result.value) ? result.value : [],
      )
      for (const [index, { id }] of subjects.entries()) refusals.add(id, refused[index]?.[0])
      throwFailure(results)
      return selectRefusal(quotas, refused.flat()) as QuotaRefusal
    },
  }
}

/** The most joined ids that an instance remembers. */
const maxOwners = 1_000

/** Creates the function that takes from the one row of a subject. An id that is another user's counts in the row of that user; an
 *  instance remembers it, so that only its first call reads both. */
const createTakeOwn = (takeRows: TakeRows): TakeSpread => {
  const owners = new Map<string, string>()
  const takeOwn: TakeSpread = async (subject) => {
    const taken = await takeRows(toRow({ ...subject, id: owners.get(subject.id) ?? subject.id }))
    if (!('owner' in taken)) return taken
    if (owners.size >= maxOwners) owners.clear()
    owners.set(subject.id, taken.owner)
    return takeOwn(subject)
  }
  return takeOwn
}

const toRow = ({ id, callId, isOpen, uses, openMs }: Subject): Map<string, RowTaking> =>
  new Map([[id, { id: isOpen ? callId : undefined, uses, openMs }]])

/** @throws the error of the first change that failed: what it took may still be counted */
const throwFailure = (results: readonly PromiseSettledResult<unknown>[]): void => {
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

/** Finds the refusal of the quota that is defined first. */
const selectRefusal = (quotas: readonly Quota[], refusals: readonly QuotaRefusal[]): QuotaRefusal | undefined =>
  [...refusals].sort((one, other) => quotas.indexOf(one.quota) - quotas.indexOf(other.quota))[0]

/** Groups what a call takes by subject. A call is open in a row if it may give something back there: because it may use
 *  less, or because another row may refuse it. */
const groupBySubject = (quotas: readonly Quota[], request: QuotaRequest): Subject[] => {
  const subjects = new Map<string, { readonly per: QuotaSubject; readonly uses: QuotaUse[] }>()
  for (const quota of quotas) {
    const amount = Math.min(request.amounts[quota.unit], getMaxAmount(quota))
    for (const subject of listSubjects(quota, request)) {
      const id = toRowId(quota.per, subject)
      const { uses } = subjects.get(id) ?? { uses: [] }
      subjects.set(id, { per: quota.per, uses: [...uses, { quota, amount, limit: quota.limit }] })
    }
  }
  return [...subjects].map(([id, { per, uses }]) => {
    const isSettled = uses.some(({ quota }) => quota.unit !== 'requests')
    const openMs = isSettled ? request.maxMs + openMarginMs : shortOpenMs
    const isOpen = isSettled || subjects.size > 1
    return { id, isSpread: isSpread(per), callId: request.id, isOpen, uses, openMs }
  })
}

/** A request for several choices counts at most as the whole limit, as for `RATE_LIMIT_PER_MINUTE`: else it could never be
 *  sent. */
const getMaxAmount = ({ unit, limit }: Quota): number => (unit === 'requests' ? limit : Number.MAX_SAFE_INTEGER)

/** The longest subject that is part of a row's id as it is. */
const maxSubjectLength = 128

/** The id of a row of counts; of several, their beginning. No other row of the table begins like it. In the ids of several, a
 *  colon of the subject is escaped, so that none begins as another's. */
export const toRowId = (per: QuotaSubject, subject: string): string => {
  const short = subject.length > maxSubjectLength ? sha256Hex(subject) : subject
  return `quota:${per}:${isSpread(per) ? short.replaceAll('%', '%25').replaceAll(':', '%3A') : short}`
}
