import { type OperationName, operations } from '../../protocol/operations.ts'
import type { Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import type { Choice } from './choices.ts'
import type { ResponseIdentity } from './identity.ts'

/** A parsed chunk or whole response: all its fields, and its choices. */
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

/** A property that everything a client receives must have. `applies` runs on everything; `apply` changes the few that
 *  lack the property. */
export interface Rule<Target> {
  readonly name: string
  /** The one operation that the rule is for. Default: all. */
  readonly operation?: OperationName
  readonly applies: (target: Target, context: RuleContext) => boolean
  readonly apply: (target: Target, context: RuleContext) => void
}

/** The rules for the outermost fields, and for each choice, in the order they are applied. */
export interface RuleTable {
  readonly fields: readonly Rule<JsonObject>[]
  readonly choices: readonly Rule<Choice>[]
}

/** One id, time and model throughout. Azure opens with an empty id. Some servers make a new id or time for each chunk.
 *  The client's name for the model may differ from the provider's. */
export const identityRule: Rule<JsonObject> = {
  name: "the response's own id, time and model",
  applies: (fields, { identity: { id, created, model } }) =>
    fields['id'] !== id || fields['created'] !== created || fields['model'] !== model,
  apply: (fields, { identity }) => {
    Object.assign(fields, identity)
  },
}

/** The `object` field names the operation, and whether this is a chunk. */
export const objectRule: Rule<JsonObject> = {
  name: "the operation's own object",
  applies: (fields, { object }) => fields['object'] !== object,
  apply: (fields, { object }) => {
    fields['object'] = object
  },
}

/** Older Groq states the usage in `x_groq`. Clients get it at the top, or not at all. */
export const groqUsageRule: Rule<JsonObject> = {
  name: 'no usage in x_groq',
  applies: ({ x_groq: groq }) => isObject(groq) && groq['usage'] !== undefined,
  apply: ({ x_groq: groq }) => {
    if (isObject(groq)) delete groq['usage']
  },
}

/** Moonshot states the usage in a choice. Clients get it at the top, or not at all. */
export const choiceUsageRule: Rule<Choice> = {
  name: 'no usage in a choice',
  applies: ({ fields }) => fields['usage'] !== undefined,
  apply: ({ fields }) => {
    delete fields['usage']
  },
}

/** Gemini sends `stop` after tool calls. Clients then run none. */
export const toolCallsReasonRule: Rule<Choice> = {
  name: 'tool_calls as the finish reason after tool calls',
  operation: 'chat/completions',
  applies: ({ fields, toolCalls, state }) =>
    fields['finish_reason'] === 'stop' && (state.calledTools || toolCalls.length > 0),
  apply: ({ fields }) => {
    fields['finish_reason'] = 'tool_calls'
  },
}

/** Selects the rules of a table for each operation, so that no chunk has to. */
export const groupByOperation = (table: RuleTable): Readonly<Record<OperationName, RuleTable>> => {
  const select = (name: OperationName): RuleTable => {
    const isFor = ({ operation = name }: Rule<never>): boolean => operation === name
    return { fields: table.fields.filter(isFor), choices: table.choices.filter(isFor) }
  }
  const names = Object.keys(operations) as OperationName[]
  return Object.fromEntries(names.map((name) => [name, select(name)])) as Record<OperationName, RuleTable>
}

/** Applies rules in their order. Returns whether any of them changed anything. */
export const applyRules = (rules: RuleTable, { fields, choices }: RuleTarget, context: RuleContext): boolean => {
  let changed = applyEach(rules.fields, fields, context)
  for (const choice of choices) changed = applyEach(rules.choices, choice, context) || changed
  return changed
}

const applyEach = <Target>(rules: readonly Rule<Target>[], target: Target, context: RuleContext): boolean => {
  let changed = false
  for (const rule of rules) {
    if (!rule.applies(target, context)) continue
    rule.apply(target, context)
    changed = true
  }
  return changed
}
