/** One step of a deployment, or of taking it down. */
export interface Step {
  readonly name: string
  /** What it would do, in a few words; undefined: nothing. Reads, never writes. */
  readonly plan: () => Promise<string | undefined>
  /** Does it, and says what it has done. Safe to run again. */
  readonly run: () => Promise<string>
}
