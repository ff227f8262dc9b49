/** Something that holds for all that a client gets. `applies` runs on everything; `apply` changes the few that need it. */
export interface Rule<Subject, Context> {
  readonly name: string
  readonly applies: (subject: Subject, context: Context) => boolean
  readonly apply: (subject: Subject, context: Context) => void
}

/** Applies rules in their order; false when none changed the subject. */
export const applyRules = <Subject, Context>(
  rules: readonly Rule<Subject, Context>[],
  subject: Subject,
  context: Context,
): boolean => {
  let changed = false
  for (const rule of rules) {
    if (!rule.applies(subject, context)) continue
    rule.apply(subject, context)
    changed = true
  }
  return changed
}
