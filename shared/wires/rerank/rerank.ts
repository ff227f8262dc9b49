import { randomUUID } from 'node:crypto'
import { omitFields, readCount } from '../../protocol/call.ts'
import { isCount, type OtherUnits } from '../../protocol/usage.ts'
import type { Wire } from '../../protocol/wire.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { invalidFieldError, readPlainCall } from '../fields/request-fields.ts'
import { getReplyModel, readInputUsage } from '../fields/response-fields.ts'
import { getRerankDialect } from './dialects.ts'
import { checkTexts, listTexts } from './documents.ts'
import { findResults, readResults } from './results.ts'

const rerankFields: ReadonlySet<string> = new Set([
  ...['query', 'documents', 'top_n', 'return_documents'],
  ...['instruction', 'instruct'],
])

/** Fields of providers whose content is elsewhere in a reply. */
const elsewhere = ['results', 'output', 'data', 'meta', 'usage', 'request_id']

/** Rankings: Jina's wire (Jina AI, "Reranker API"). Providers are not asked for the documents, which the gateway has. */
export const rerank: Wire = {
  prepare: (given) => {
    const call = readPlainCall(given, rerankFields)
    checkTexts(call)
    readCount(call.body, 'top_n')
    if (typeof (call.body['return_documents'] ?? false) !== 'boolean')
      throw invalidFieldError(call, 'return_documents', "'return_documents' must be true or false.")
    const documents = listTexts(call)
    const texts = [
      { content: call.body['query'], times: documents.length },
      { content: documents, times: 1 },
    ]
    return { call, texts }
  },
  toRequests: (call, target) => {
    const { path, getBase, instructionField } = getRerankDialect(target)
    const { top_n, instruction, instruct = instruction, ...rest } = call.body
    const documents = listTexts(call)
    const body: JsonObject = { ...rest, documents, return_documents: false }
    if (isCount(top_n)) body['top_n'] = Math.min(top_n, documents.length)
    if (instruct !== undefined) body[instructionField] = instruct
    return [{ path, apiBase: getBase?.(target.apiBase), body }]
  },
  isResponse: (response) => findResults(response) !== undefined,
  readUsage: ({ usage, meta }) => {
    const { tokens, billed_units: billed } = isObject(meta) ? meta : {}
    return readInputUsage(usage) ?? readInputUsage(tokens) ?? readInputUsage(billed)
  },
  readUnits: (responses) => readSearches(responses),
  toReply: ([response = {}], call, target) => {
    const documents = listTexts(call)
    const withText = call.body['return_documents'] === true
    const best = readResults(findResults(response) ?? [], documents.length).slice(
      0,
      readCount(call.body, 'top_n') ?? documents.length,
    )
    const results = best.map((result) =>
      withText ? { ...result, document: { text: documents[result.index] } } : result,
    )
    const { id = response['request_id'] ?? `rerank-${randomUUID()}` } = response
    return { ...omitFields(response, elsewhere), id, model: getReplyModel(response, call, target), results }
  },
}

/** The searches that providers like Cohere bill (Cohere API reference, "Rerank", `meta.billed_units`). */
const readSearches = (responses: readonly JsonObject[]): OtherUnits => {
  const searches = responses.map(({ meta }) => {
    const billed = isObject(meta) ? meta['billed_units'] : undefined
    const count = isObject(billed) ? billed['search_units'] : undefined
    return isCount(count) ? count : 0
  })
  const search = searches.reduce((sum, count) => sum + count, 0)
  return search > 0 ? { search } : {}
}
