import type { ExaminationInput } from '../examine/examination.ts'
import type { ProbeFunction } from './probe-function.ts'

/** What a probe can ask. */
export interface ProbeInput {
  readonly input: ExaminationInput
  /** The function that was deployed for the probes. @throws what kept it from being deployed */
  readonly probe: () => ProbeFunction
  /** The longest silence and the longest stream to try, in seconds. */
  readonly seconds: number
}

/** A question about the platform that only an environment of one's own can answer. */
export interface Probe {
  readonly question: string
  /** Finds it out. An answer that begins with `open:` says why it cannot, and what to do to find out. */
  readonly ask: (subject: ProbeInput) => Promise<string>
}
