import { isObject, type JsonObject, parseJson } from '../protocol/json.ts'
import type { Usage } from '../protocol/usage.ts'
import { aggregate } from './aggregate.ts'
import { answerRules } from './answer-rules.ts'
import { choicesOf, textOf } from './choices.ts'
import { type ChunksOptions, notAnAnswer } from './chunks.ts'
import { inBandFailure } from './failure.ts'
import { identityOf } from './identity.ts'
import { providerError } from './provider-error.ts'
import { applyRules } from './rules.ts'
import { statedUsage } from './stated-usage.ts'

/** A whole answer, read: its fields under the rules, and its text where that is as good. */
export interface WholeExchange {
  readonly kind: 'whole'
  readonly fields: JsonObject
  /** The text as it came; undefined where a rule changed the answer. */
  readonly text: string | undefined
  readonly usage: Usage | undefined
}

/** Reads the text of a whole answer, be it JSON or, where a provider streams unasked, events.
 *  @throws upstream_* for an answer that tells an error or is none */
export const readAnswer = (text: string, options: ChunksOptions): WholeExchange => {
  if (!isJson(text)) return ruled(aggregate(text, options), options)
  const fields = parseJson(text)
  const error = providerError(fields)
  if (error) throw inBandFailure(options.route, error)
  if (!isObject(fields) || choicesOf(fields).length === 0) throw notAnAnswer()
  for (const choice of choicesOf(fields)) options.onText(textOf(choice))
  return ruled(fields, options, text)
}

/** Whether a body is JSON or another document, judged by how it begins; what is left are events. */
export const isJson = (text: string): boolean => /^\s*[{["<]/.test(text)

const ruled = (fields: JsonObject, { route, call }: ChunksOptions, text?: string): WholeExchange => {
  const usage = statedUsage(fields)
  const context = { operation: call.operation, identity: identityOf(fields, route, call), usage }
  const changed = applyRules(answerRules, { fields, choices: choicesOf(fields) }, context)
  return { kind: 'whole', fields, text: changed ? undefined : text, usage }
}
