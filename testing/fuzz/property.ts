import type * as fc from 'fast-check'
import type { Lab } from './lab.ts'

/** A property of the product and the inputs that test it. */
export interface FuzzProperty {
  /** Its area, for `--only`. */
  readonly area: string
  /** The property as a sentence. */
  readonly title: string
  /** Its weight: a run distributes its cases by weight. */
  readonly weight: number
  /** Creates the property for a running lab. It rejects if the property does not hold. */
  readonly on: (lab: Lab) => fc.IAsyncPropertyWithHooks<[unknown]>
}
