import { toCloudFailure } from '../client/cloud-failure.ts'
import type { Examination, ExaminationInput } from './examine/examination.ts'
import { examineAnswers, examineRoutes } from './examine/examine-access.ts'
import { examineCloudbaseModels } from './examine/examine-cloudbase-models.ts'
import { examineEnvironments, examineFunctions, examineRules } from './examine/examine-functions.ts'
import { examineKeys, examineLogin } from './examine/examine-login.ts'
import { examineModels } from './examine/examine-models.ts'
import { examineQuota } from './examine/examine-quota.ts'
import { examineCollections, examineTables } from './examine/examine-stores.ts'
import type { Section } from './examine/finding.ts'
import { probeAll } from './probe/probe-all.ts'

const examinations: readonly Examination[] = [
  examineFunctions,
  examineQuota,
  examineEnvironments,
  examineRules,
  examineRoutes,
  examineAnswers,
  examineTables,
  examineCollections,
  examineLogin,
  examineKeys,
  examineCloudbaseModels,
]

/** The options of `npm run doctor`. */
export interface DoctorOptions {
  readonly json: boolean
  /** Also answer the open questions about the platform. */
  readonly probe: boolean
  /** Call each model once. */
  readonly live: boolean
  /** The longest silence and the longest stream that a probe tries, in seconds. */
  readonly seconds: number
  /** How long a probe waits for a call from a mini program, in seconds; 0: not at all. */
  readonly miniProgramSeconds: number
  readonly help: boolean
}

/** Runs all examinations. If one fails, the others still run. */
export const examineAll = async (
  input: ExaminationInput,
  { probe, live, seconds, miniProgramSeconds }: DoctorOptions,
  note: (line: string) => void,
): Promise<Section[]> => {
  const sections: Section[] = []
  for (const { subject, examine } of live ? [...examinations, examineModels] : examinations) {
    sections.push({ subject, findings: await examine(input).catch(toFailedExamination(subject)) })
  }
  if (probe) sections.push(await probeAll(input, { seconds, miniProgramSeconds, note }))
  return sections
}

const toFailedExamination = (subject: string) => (error: unknown) => {
  const { reason, advice } = toCloudFailure(error)
  const fix = advice === '' ? 'Follow that message, then run npm run doctor again.' : advice
  return [{ level: 'problem' as const, subject, detail: `could not be examined. ${reason}`, fix }]
}
