import type { Call } from '../../protocol/call.ts'
import { isObject } from '../../runtime/json.ts'
import { invalidFieldError, isFilledText } from '../fields/request-fields.ts'

/** Checks the query and the documents of a call. None may be empty: providers refuse empty texts, each in words of its
 *  own.
 *  @throws invalid_value, missing_required_parameter (400, with `param`) */
export const checkTexts = (call: Call): void => {
  const { query, documents } = call.body
  if (!isFilledText(query)) throw invalidFieldError(call, 'query', "'query' must be a text that is not empty.")
  if (!Array.isArray(documents) || documents.length === 0)
    throw invalidFieldError(call, 'documents', "'documents' must be an array with at least one text.")
  const wrong = documents.findIndex((document) => !isFilledText(getDocumentText(document)))
  if (wrong < 0) return
  const field = `documents[${wrong}]`
  throw invalidFieldError(call, field, `'${field}' must be a text, or {"text": …}, that is not empty.`)
}

/** Lists the documents of a checked call as texts, the form that every provider takes. */
export const listTexts = ({ body: { documents } }: Call): readonly string[] =>
  (documents as unknown[]).map((document) => getDocumentText(document) as string)

const getDocumentText = (document: unknown): unknown => (isObject(document) ? document['text'] : document)
