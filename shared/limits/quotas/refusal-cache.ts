import type { QuotaRefusal, QuotaUse } from './count.ts'

/** What a call takes, by subject. */
type Subjects = readonly { readonly id: string; readonly uses: readonly QuotaUse[] }[]

/** Caches the refusals of an instance, so that a caller who repeats a refused call costs at most one change of the
 *  store a second. A call that may use another amount may be free at another time. */
export interface RefusalCache {
  /** Keeps the refusal of a subject; undefined: there is none to keep. */
  readonly add: (subject: string, refusal: QuotaRefusal | undefined) => void
  /** Returns a refusal that holds for a call; undefined if the store must be asked. */
  readonly find: (subjects: Subjects) => QuotaRefusal | undefined
}

/** How long a refusal holds at most, in milliseconds: a call that ends may free what it did not use. */
const maxHeldMs = 1_000

/** The most refusals. */
const maxRefusals = 1_000

/** Creates an empty cache. */
export const createRefusalCache = (now: () => number): RefusalCache => {
  const refusals = new Map<string, { readonly refusal: QuotaRefusal; readonly until: number }>()
  const findInSubject = (subject: string, uses: readonly QuotaUse[]): QuotaRefusal | undefined => {
    const cached = refusals.get(subject)
    if (!cached) return undefined
    if (cached.until <= now()) {
      refusals.delete(subject)
      return undefined
    }
    const { quota, amount } = cached.refusal
    return uses.some((use) => use.quota === quota && use.amount === amount) ? cached.refusal : undefined
  }
  return {
    add: (subject, refusal) => {
      if (!refusal) return
      if (refusals.size >= maxRefusals) refusals.clear()
      refusals.set(subject, { refusal, until: Math.min(now() + maxHeldMs, refusal.freeAt ?? Number.POSITIVE_INFINITY) })
    },
    find: (subjects) => {
      for (const { id, uses } of subjects) {
        const refusal = findInSubject(id, uses)
        if (refusal) return refusal
      }
      return undefined
    },
  }
}
