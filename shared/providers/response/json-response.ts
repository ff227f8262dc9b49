import { operations } from '../../protocol/operations.ts'
import { endEvent, SseSplitter } from '../../protocol/sse.ts'
import { hasOnlyTotal, type OtherUnits, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { parseLenientJson } from '../../runtime/lenient-json.ts'
import { findError } from '../errors/find-error.ts'
import { UnjudgedError } from '../errors/provider-failure.ts'
import { invalidResponseError } from '../errors/upstream-errors.ts'
import { createChoiceState } from '../normalize/choice-state.ts'
import { getText } from '../normalize/choices.ts'
import { findReason, readFinishReason } from '../normalize/finish-reasons.ts'
import { resolveIdentity } from '../normalize/identity.ts'
import { getChoices, normalize } from '../normalize/normalize.ts'
import { countRequestedChoices, getToolNames } from '../normalize/request-facts.ts'
import { contradictsText, extractUsage, statesUsage } from '../normalize/usage-fields.ts'
import { ResponseAssembler } from './aggregate.ts'
import type { ChunkReaderOptions } from './chunk-reader.ts'
import { checkFields, failWith } from './parse-fields.ts'

/** A whole response in normal form. */
export interface WholeExchange {
  readonly kind: 'whole'
  readonly fields: JsonObject
  /** The provider's own text; undefined if a rule changed the response. */
  readonly text: string | undefined
  /** The usage that the provider stated; undefined if it stated none that can be used. */
  readonly usage: Usage | undefined
  /** Whether the provider stated a usage that cannot be used, which is removed from the response, or a total alone. */
  readonly lacksCounts: boolean
  /** Whether it is in the client's own wire, and needs no translation. */
  readonly isNative?: boolean
  /** Units that the provider bills beside tokens. */
  readonly units?: OtherUnits
}

/** Parses the text of a whole response: one JSON document, or events that came under another type.
 *  @throws upstream_* if the text reports an error or is no response */
export const parseResponse = (text: string, options: ChunkReaderOptions): WholeExchange => {
  const document = text.trim()
  const value = document.startsWith('{') ? parseJson(document) : undefined
  if (value !== undefined)
    return normalizeResponse(checkFields(value), options, text.startsWith(byteOrderMarkText) ? document : text)
  const odd = document.startsWith('{') ? parseLenientJson(document) : undefined
  if (odd !== undefined) return normalizeResponse(checkFields(odd), options)
  const chunks = new ResponseAssembler(options)
  const splitter = new SseSplitter()
  for (const event of [...splitter.push(Buffer.from(text)), ...splitter.end()]) chunks.next(event)
  if (splitter.isDocument) chunks.next(endEvent)
  return toWholeExchange(chunks, options)
}

/** Clients that parse JSON refuse it; blanks and line breaks before a document they accept. */
const byteOrderMarkText = '\ufeff'

/** The whole response that the chunks of a stream make.
 *  @throws upstream_error (502) if it has no choices or is incomplete */
export const toWholeExchange = (chunks: ResponseAssembler, options: ChunkReaderOptions): WholeExchange =>
  normalizeResponse(chunks.assemble(), { ...options, onText: () => undefined })

/** Whether a text is the whole of a response, so that no more of it will come. Such a document reports an error, is named as
 *  whole, or has a reason for the end of each choice. */
export const isWholeDocument = (text: string): boolean => {
  const document = text.trim()
  const fields = document.endsWith('}') ? (parseJson(document) ?? parseLenientJson(document)) : undefined
  if (!isObject(fields)) return false
  const choices = getChoices(fields)
  const hasEnded = choices.every((choice) => isObject(choice) && readFinishReason(findReason(choice, fields)))
  const isNamed = fields['object'] === operations['chat/completions'].object.whole
  return findError(fields) !== undefined || (choices.length > 0 && (hasEnded || isNamed))
}

/** Whether a body begins like a JSON document. */
export const isJson = (text: string): boolean => /^\s*[{[]/.test(text)

const normalizeResponse = (fields: JsonObject, options: ChunkReaderOptions, text?: string): WholeExchange => {
  const { target, call, onText } = options
  const { operation } = call
  const isSingle = countRequestedChoices(target, call) === 1
  const stated = extractUsage(fields)
  const hasUsage = statesUsage(fields)
  const texts: string[] = []
  const context = {
    object: operations[operation].object.whole,
    identity: resolveIdentity(fields, target, call),
    get usage() {
      return stated && !contradictsText(stated, texts.join('').length) ? stated : undefined
    },
  }
  const { choices, changed } = normalize(fields, {
    form: 'whole',
    operation,
    context,
    getToolNames: () => getToolNames(target, call),
    fail: failWith,
    getState: (given, position) => createChoiceState(isSingle ? position : given),
    onChoice: (choice) => {
      texts.push(getText(choice, operation))
      return true
    },
  })
  if (choices.length === 0) throw new UnjudgedError(fields, invalidResponseError())
  for (const piece of texts) onText(piece)
  const { usage } = context
  const lacksCounts = hasUsage && (!usage || hasOnlyTotal(usage))
  return { kind: 'whole', fields, text: changed || lacksCounts ? undefined : text, usage, lacksCounts }
}
