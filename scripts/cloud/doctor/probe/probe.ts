import type { ExaminationInput } from '../examine/examination.ts'
import type { Finding } from '../examine/finding.ts'
import type { ProbeFunction } from './probe-function.ts'

/** The input of a probe. */
export interface ProbeInput {
  readonly input: ExaminationInput
  /** Returns the deployed probe function. @throws the error of its deployment */
  readonly probe: () => ProbeFunction
  /** The longest silence and the longest stream to try, in seconds. */
  readonly seconds: number
  /** How long to wait for a call from a mini program; 0: not at all. */
  readonly miniProgramSeconds: number
  /** Prints a line for the person who waits. */
  readonly note: (line: string) => void
}

/** What a probe has found out: a finding without its subject, which is the question. */
export type Answer = Pick<Finding, 'level' | 'detail' | 'fix'>

/** Creates the answer of a fact that asks for nothing. */
export const state = (detail: string): Answer => ({ level: 'ok', detail, fix: '' })

/** Creates the answer of a fact that the operator should know, with what to do about it. */
export const advise = (detail: string, fix: string): Answer => ({ level: 'warning', detail, fix })

/** Creates the answer of a question that stays open, with the next step; empty if there is none. */
export const leaveOpen = (detail: string, fix = ''): Answer => ({ level: 'open', detail, fix })

/** A question about the platform that only a real environment can answer. */
export interface Probe {
  readonly question: string
  /** Runs the probe. An error that it throws leaves the question open. */
  readonly ask: (subject: ProbeInput) => Promise<Answer>
}
