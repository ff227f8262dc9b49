import { operations } from '../../protocol/operations.ts'
import type { Usage } from '../../protocol/usage.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { invalidResponseError } from '../errors/upstream-errors.ts'
import { getText, parseChoices } from '../normalize/choices.ts'
import { resolveIdentity } from '../normalize/identity.ts'
import { responseRules } from '../normalize/response-rules.ts'
import { applyRules, type RuleContext, type RuleTarget } from '../normalize/rules.ts'
import { extractUsage, statesUsage } from '../normalize/usage-fields.ts'
import { assembleResponse } from './aggregate.ts'
import type { ChunkStreamOptions } from './chunk-stream.ts'
import { parseFields } from './parse-fields.ts'

/** A whole response in normal form. */
export interface WholeExchange {
  readonly kind: 'whole'
  readonly fields: JsonObject
  /** The provider's own text; undefined if a rule changed the response. */
  readonly text: string | undefined
  /** The usage that the provider stated; undefined if it stated none that can be used. */
  readonly usage: Usage | undefined
  /** Whether the provider stated a usage that cannot be used. It is removed from the response. */
  readonly hasInvalidUsage: boolean
}

/** Parses the text of a whole response: JSON, or events if the provider streams without being asked to.
 *  @throws upstream_* if the text reports an error or is no response */
export const parseResponse = (text: string, options: ChunkStreamOptions): WholeExchange => {
  if (!isJson(text)) return normalizeResponse(assembleResponse(text, options), options)
  const fields = parseFields(text, options.target)
  const choices = parseChoices(fields)
  if (choices.length === 0) throw invalidResponseError()
  for (const choice of choices) options.onText(getText(choice))
  return normalizeResponse({ fields, choices }, options, text)
}

/** Whether a body is JSON or another document, judged by its first character. The alternative is events. */
export const isJson = (text: string): boolean => /^\s*[{["<]/.test(text)

const normalizeResponse = (
  response: RuleTarget,
  { target, call }: ChunkStreamOptions,
  text?: string,
): WholeExchange => {
  const { fields } = response
  const usage = extractUsage(response)
  const context: RuleContext = {
    object: operations[call.operation].object.whole,
    identity: resolveIdentity(fields, target, call),
    usage,
  }
  const hasInvalidUsage = !usage && statesUsage(response)
  const changed = applyRules(responseRules[call.operation], response, context)
  return { kind: 'whole', fields, text: changed ? undefined : text, usage, hasInvalidUsage }
}
