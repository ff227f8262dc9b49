import type { QuotaRefusal, QuotaUse } from './count.ts'

/** What calls take, by row. */
type Rows = ReadonlyMap<string, { readonly uses: readonly QuotaUse[] }>

/** Caches the refusals of an instance, so that a caller who repeats a refused call costs at most one change of the
 *  store a second. A call that may use another amount may be free at another time. */
export interface RefusalCache {
  /** @param results the result of each row */
  readonly add: (rows: readonly string[], results: readonly PromiseSettledResult<QuotaRefusal | undefined>[]) => void
  /** Returns a refusal that holds for a call; undefined if the store must be asked. */
  readonly find: (rows: Rows) => QuotaRefusal | undefined
}

/** How long a refusal holds at most, in milliseconds: a call that ends may free what it did not use. */
const maxHeldMs = 1_000

/** The most refusals. */
const maxRefusals = 1_000

/** Creates an empty cache. */
export const createRefusalCache = (now: () => number): RefusalCache => {
  const refusals = new Map<string, { readonly refusal: QuotaRefusal; readonly until: number }>()
  const findInRow = (row: string, uses: readonly QuotaUse[]): QuotaRefusal | undefined => {
    const cached = refusals.get(row)
    if (!cached) return undefined
    if (cached.until <= now()) {
      refusals.delete(row)
      return undefined
    }
    const { quota, amount } = cached.refusal
    return uses.some((use) => use.quota === quota && use.amount === amount) ? cached.refusal : undefined
  }
  return {
    add: (rows, results) => {
      for (const [index, row] of rows.entries()) {
        const result = results[index]
        if (result?.status !== 'fulfilled' || !result.value) continue
        if (refusals.size >= maxRefusals) refusals.clear()
        const until = Math.min(now() + maxHeldMs, result.value.freeAt ?? Number.POSITIVE_INFINITY)
        refusals.set(row, { refusal: result.value, until })
      }
    },
    find: (rows) => {
      for (const [row, { uses }] of rows) {
        const refusal = findInRow(row, uses)
        if (refusal) return refusal
      }
      return undefined
    },
  }
}
