/** Prints a line about a step that is still running. */
export type Note = (text: string) => void

/** One step of a deployment, or of taking it down. */
export interface Step {
  readonly name: string
  /** Describes the change in a few words; undefined if there is none. Only reads. */
  readonly plan: () => Promise<string | undefined>
  /** Makes the change and describes it. Can run again without harm. A step that waits notes what it waits for. */
  readonly run: (note: Note) => Promise<string>
}

/** Steps that may run at the same time. */
export type Stage = readonly Step[]
