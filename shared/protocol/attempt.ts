/** One try of a target. */
export interface TargetAttempt {
  readonly target: string
  /** The status of its response; null if there was none. */
  readonly status: number | null
  /** The code of its failure; null if its response began well. */
  readonly error: string | null
  /** The time until then, in milliseconds. */
  readonly ms: number
}
