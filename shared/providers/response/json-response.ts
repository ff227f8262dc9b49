import type { Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { providerError } from '../errors/parse-error.ts'
import { inBandFailure } from '../errors/provider-failure.ts'
import { notAnAnswer } from '../errors/upstream-errors.ts'
import { choicesOf, textOf } from '../normalize/choices.ts'
import { identityOf } from '../normalize/identity.ts'
import { answerRules } from '../normalize/response-rules.ts'
import { applyRules } from '../normalize/rules.ts'
import { statedUsage } from '../normalize/usage-fields.ts'
import { aggregate } from './aggregate.ts'
import type { ChunksOptions } from './chunk-stream.ts'

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
