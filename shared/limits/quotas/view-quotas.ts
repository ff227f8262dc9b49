import type { RangeStore } from '../../drivers/change-row.ts'
import { countUsed, type QuotaState } from './count.ts'
import type { Quota } from './quota.ts'
import { type QuotasOptions, toRowId } from './quotas.ts'
import { isSpread, readSpread } from './spread.ts'

/** How much of a quota one subject has used in the window that runs now. */
export interface QuotaCount {
  /** The name of the quota. */
  readonly quota: string
  /** A user, group or model; empty if the quota counts all calls together. */
  readonly subject: string
  readonly used: number
}

/** The subjects that are looked at, by what a quota counts. */
export type QuotaSubjects = Readonly<Partial<Record<Quota['per'], readonly string[]>>>

/** Reads what subjects have used of quotas. Running calls count with the most that they may use. Nothing is written. */
export const viewQuotas = async (
  { store, now = Date.now }: Pick<QuotasOptions, 'now'> & { readonly store: Pick<RangeStore, 'read' | 'findRange'> },
  quotas: readonly Quota[],
  subjects: QuotaSubjects,
): Promise<QuotaCount[]> => {
  const counts = quotas.map(async (quota) => {
    const rows = (subjects[quota.per] ?? []).map(async (subject) => {
      const states = await readStates(store, quota.per, subject)
      const used = states.reduce((sum, state) => sum + countUsed(state, quota, now()), 0)
      return { quota: quota.name, subject, used }
    })
    return Promise.all(rows)
  })
  return (await Promise.all(counts)).flat()
}

const readStates = async (
  store: Pick<RangeStore, 'read' | 'findRange'>,
  per: Quota['per'],
  subject: string,
): Promise<QuotaState[]> => {
  const id = toRowId(per, subject)
  if (isSpread(per)) return readSpread(store, id)
  const state = await readState(store, id)
  const counting = state?.owner === undefined ? state : await readState(store, state.owner)
  return counting ? [counting] : []
}

const readState = async (store: Pick<RangeStore, 'read'>, id: string): Promise<QuotaState | undefined> => {
  const row = await store.read(id)
  return row && (JSON.parse(row.data) as QuotaState)
}
