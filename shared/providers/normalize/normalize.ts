import { isObject, type JsonObject } from '../../runtime/json.ts'
import { choiceRules, responseRules } from './choice-rules.ts'
import type { Form } from './choice-state.ts'
import { type Choice, type ChoiceReading, readChoice } from './choices.ts'
import { messageRules, toolCallRules } from './message-rules.ts'
import { applyRules, type RuleContext, type RuleTable, type RuleTarget, selectRules } from './rules.ts'

/** The one normal form of everything a client receives, field by field: that of `ChatCompletion`,
 *  `ChatCompletionChunk` and `Completion` in openai-node 6. Fields without a rule pass as they came. */
const normalForm: RuleTable = {
  response: responseRules,
  choice: [...choiceRules, ...messageRules],
  toolCall: toolCallRules,
}

const selectBoth = (operation: 'chat/completions' | 'completions'): Readonly<Record<Form, RuleTable>> => ({
  chunk: selectRules(normalForm, operation, 'chunk'),
  whole: selectRules(normalForm, operation, 'whole'),
})

const rulesByOperation = {
  'chat/completions': selectBoth('chat/completions'),
  completions: selectBoth('completions'),
} as const

/** A chunk or whole response in normal form. */
export interface NormalResponse extends RuleTarget {
  /** Whether it differs from the provider's form. */
  readonly changed: boolean
}

/** How a response is brought into normal form. */
export interface NormalizeOptions extends ChoiceReading {
  readonly context: RuleContext
  /** Called with each choice when it is in normal form. Returns false to leave it out. */
  readonly onChoice: (choice: Choice) => boolean
}

/** Brings a chunk or a whole response into normal form. It changes the fields in place.
 *  @throws what `fail` throws, if the provider reports a failure of the model, or names no tool that it calls */
export const normalize = (fields: JsonObject, options: NormalizeOptions): NormalResponse => {
  const { operation, form, context, onChoice } = options
  const rules = rulesByOperation[operation][form]
  const given = getChoices(fields)
  const choices: Choice[] = []
  let changed = false
  let position = 0
  for (const item of given) {
    if (!isObject(item)) continue
    const choice = readChoice(item, options, { response: fields, position: position++ })
    for (const piece of choice.toolPieces) changed = applyRules(rules.toolCall, piece, context) || changed
    changed = applyRules(rules.choice, choice, context) || changed
    if (onChoice(choice)) choices.push(choice)
  }
  changed = applyRules(rules.response, fields, context) || changed
  if (choices.length === given.length) return { fields, choices, changed }
  fields['choices'] = choices.map((choice) => choice.fields)
  return { fields, choices, changed: true }
}

/** The choices that a response has; empty if it has none. */
export const getChoices = ({ choices }: JsonObject): readonly unknown[] =>
  Array.isArray(choices) ? (choices as unknown[]) : []
