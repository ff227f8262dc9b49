import type * as fc from 'fast-check'
import type { Lab } from './lab.ts'

/** One promise, and the inputs that try to break it. */
export interface FuzzProperty {
  /** Its part of `--only`. */
  readonly area: string
  /** The promise, as a sentence. */
  readonly title: string
  /** Its share of a run's cases, beside the others' weights. */
  readonly weight: number
  /** The property on a running lab: resolves where it holds, rejects where it does not. */
  readonly on: (lab: Lab) => fc.IAsyncPropertyWithHooks<[unknown]>
}
