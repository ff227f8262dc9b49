import type { Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { parseProviderError } from '../errors/parse-error.ts'
import { toInBandFailure } from '../errors/provider-failure.ts'
import { invalidResponseError } from '../errors/upstream-errors.ts'
import { getChoices, getText } from '../normalize/choices.ts'
import { resolveIdentity } from '../normalize/identity.ts'
import { responseRules } from '../normalize/response-rules.ts'
import { applyRules } from '../normalize/rules.ts'
import { extractUsage } from '../normalize/usage-fields.ts'
import { assembleResponse } from './aggregate.ts'
import type { ChunkStreamOptions } from './chunk-stream.ts'

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
export const parseResponse = (text: string, options: ChunkStreamOptions): WholeExchange => {
  if (!isJson(text)) return normalizeResponse(assembleResponse(text, options), options)
  const fields = parseJson(text)
  const error = parseProviderError(fields)
  if (error) throw toInBandFailure(options.route, error)
  if (!isObject(fields) || getChoices(fields).length === 0) throw invalidResponseError()
  for (const choice of getChoices(fields)) options.onText(getText(choice))
  return normalizeResponse(fields, options, text)
}

/** Whether a body is JSON or another document, judged by how it begins; what is left are events. */
export const isJson = (text: string): boolean => /^\s*[{["<]/.test(text)

const normalizeResponse = (fields: JsonObject, { route, call }: ChunkStreamOptions, text?: string): WholeExchange => {
  const usage = extractUsage(fields)
  const context = { operation: call.operation, identity: resolveIdentity(fields, route, call), usage }
  const changed = applyRules(responseRules, { fields, choices: getChoices(fields) }, context)
  return { kind: 'whole', fields, text: changed ? undefined : text, usage }
}
