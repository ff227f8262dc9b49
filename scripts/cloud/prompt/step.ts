/** One step of a deployment, or of taking it down. */
export interface Step {
  readonly name: string
  /** Describes the change in a few words; undefined if there is none. Only reads. */
  readonly plan: () => Promise<string | undefined>
  /** Makes the change and describes it. Can run again without harm. */
  readonly run: () => Promise<string>
}
