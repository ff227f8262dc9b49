import type { ExaminationInput } from '../examine/examination.ts'
import type { ProbeFunction } from './probe-function.ts'

/** The input of a probe. */
export interface ProbeInput {
  readonly input: ExaminationInput
  /** Returns the deployed probe function. @throws the error of its deployment */
  readonly probe: () => ProbeFunction
  /** The longest silence and the longest stream to try, in seconds. */
  readonly seconds: number
}

/** A question about the platform that only a real environment can answer. */
export interface Probe {
  readonly question: string
  /** Runs the probe. A result that begins with `open:` is unknown, and gives the reason and the next step. */
  readonly ask: (subject: ProbeInput) => Promise<string>
}
