/** One result of an examination. */
export interface Finding {
  /** `open`: the result is unknown. */
  readonly level: 'ok' | 'warning' | 'problem' | 'open'
  readonly subject: string
  readonly detail: string
  /** The fix; empty if there is nothing to fix. */
  readonly fix: string
}

/** A part of the report: its subject and its findings. */
export interface Section {
  readonly subject: string
  readonly findings: readonly Finding[]
}

/** Creates a finding without a problem. */
export const pass = (subject: string, detail: string): Finding => ({ level: 'ok', subject, detail, fix: '' })

/** Creates a finding with a problem and its fix. */
export const fail = (subject: string, detail: string, fix: string): Finding => ({
  level: 'problem',
  subject,
  detail,
  fix,
})
