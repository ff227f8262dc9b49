import type { Language } from '../../language.ts'
import { cloudMessages } from '../messages.ts'
import type { Finding, Section } from './examine/finding.ts'

const marks: Readonly<Record<Finding['level'], string>> = { ok: '✓', warning: '!', problem: '✗', open: '?' }

/** Formats the report for people: every finding, the fix of each problem, and the counts. */
export const formatReport = (sections: readonly Section[], language: Language = 'en'): string[] => {
  const lines = sections.flatMap(({ subject, findings }) => [subject, ...findings.flatMap(formatFinding), ''])
  return [
    ...lines,
    formatSummary(
      sections.flatMap(({ findings }) => findings),
      language,
    ),
  ]
}

const formatFinding = ({ level, subject, detail, fix }: Finding): string[] => [
  `  ${marks[level]} ${subject}: ${detail}`,
  ...(fix === '' ? [] : [`      → ${fix}`]),
]

const formatSummary = (findings: readonly Finding[], language: Language): string => {
  const count = (level: Finding['level']): number => findings.filter((finding) => finding.level === level).length
  return cloudMessages[language].summary(count('ok'), count('warning'), count('problem'), count('open'))
}

/** Whether there are no problems. */
export const isHealthy = (sections: readonly Section[]): boolean =>
  sections.every(({ findings }) => findings.every(({ level }) => level !== 'problem'))
