import type { JsonObject } from '../../runtime/json.ts'

/** A chunk, or a whole answer, under the rules: its fields, and those of its choices. */
export interface RuleTarget {
  readonly fields: JsonObject
  readonly choices: readonly JsonObject[]
}

/** Something that holds for all that a client gets. `applies` runs on everything; `apply` changes the few that need it. */
export interface Rule<Context> {
  readonly name: string
  readonly applies: (ruled: RuleTarget, context: Context) => boolean
  readonly apply: (ruled: RuleTarget, context: Context) => void
}

/** Applies rules in their order; false when none changed anything. */
export const applyRules = <Context>(rules: readonly Rule<Context>[], ruled: RuleTarget, context: Context): boolean => {
  let changed = false
  for (const rule of rules) {
    if (!rule.applies(ruled, context)) continue
    rule.apply(ruled, context)
    changed = true
  }
  return changed
}
