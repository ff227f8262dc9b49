import type { OperationName } from '../../protocol/operations.ts'
import type { Usage } from '../../protocol/usage.ts'
import type { JsonObject } from '../../runtime/json.ts'
import type { Form } from './choice-state.ts'
import type { Choice } from './choices.ts'
import type { ResponseIdentity } from './identity.ts'
import type { ToolPiece } from './tool-calls/tool-turns.ts'

/** A chunk or whole response: all its fields, and its choices. */
export interface RuleTarget {
  readonly fields: JsonObject
  readonly choices: readonly Choice[]
}

/** The facts about the whole response that rules need. */
export interface RuleContext {
  /** The value of its `object` field. */
  readonly object: string
  readonly identity: ResponseIdentity
  /** The usage that a whole response states. Chunks have none: it is sent in a chunk of its own. */
  readonly usage: Usage | undefined
}

/** A field that everything a client receives has in one form. `isNormal` runs on everything; `repair` changes the few
 *  that lack the form. */
export interface Rule<Target> {
  /** The field, such as `choices[].finish_reason`. In a chunk `message` stands for the delta. */
  readonly path: string
  /** The one operation that the rule is for. Default: all. */
  readonly operation?: OperationName
  /** The one form that the rule is for. Default: both. */
  readonly form?: Form
  readonly isNormal: (target: Target, context: RuleContext) => boolean
  readonly repair: (target: Target, context: RuleContext) => void
}

/** The rules by what they look at, in the order they are applied. */
export interface RuleTable {
  readonly response: readonly Rule<JsonObject>[]
  readonly choice: readonly Rule<Choice>[]
  readonly toolCall: readonly Rule<ToolPiece>[]
}

/** Selects the rules for one operation and form, so that no chunk has to. */
export const selectRules = (table: RuleTable, wanted: OperationName, form: Form): RuleTable => {
  const select = <Target>(rules: readonly Rule<Target>[]): Rule<Target>[] =>
    rules.filter((rule) => (rule.operation ?? wanted) === wanted && (rule.form ?? form) === form)
  return { response: select(table.response), choice: select(table.choice), toolCall: select(table.toolCall) }
}

/** Applies rules in their order. Returns whether any of them changed anything. */
export const applyRules = <Target>(rules: readonly Rule<Target>[], target: Target, context: RuleContext): boolean => {
  let changed = false
  for (const rule of rules) {
    if (rule.isNormal(target, context)) continue
    rule.repair(target, context)
    changed = true
  }
  return changed
}
