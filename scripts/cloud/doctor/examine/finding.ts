/** What the doctor says of one thing. */
export interface Finding {
  /** `open`: could not be found out. */
  readonly level: 'ok' | 'warning' | 'problem' | 'open'
  readonly subject: string
  readonly detail: string
  /** What to do about it; empty where nothing needs to be done. */
  readonly fix: string
}

/** A part of the report: its subject and its findings. */
export interface Section {
  readonly subject: string
  readonly findings: readonly Finding[]
}

/** A finding that all is well. */
export const pass = (subject: string, detail: string): Finding => ({ level: 'ok', subject, detail, fix: '' })

/** A finding that something is wrong, with what to do. */
export const fail = (subject: string, detail: string, fix: string): Finding => ({
  level: 'problem',
  subject,
  detail,
  fix,
})
