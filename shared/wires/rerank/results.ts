import { isCount } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { wrongResponseError } from '../fields/response-fields.ts'

/** One document's place in a ranking. */
export interface Result {
  /** The document's index in the request. */
  readonly index: number
  /** The provider's own score: its range differs from model to model. */
  readonly relevance_score: number
}

/** Finds the results in a response: DashScope's own API has them within `output`, others in `data`. */
export const findResults = ({ results, output, data }: JsonObject): readonly unknown[] | undefined =>
  [results, isObject(output) ? output['results'] : undefined, data].find((list): list is unknown[] =>
    Array.isArray(list),
  )

/** Reads results, the best first.
 *  @throws upstream_error (502) if there is none, or if one has no score or no document */
export const readResults = (list: readonly unknown[], documents: number): Result[] => {
  const results = list.map((item) => readResult(item, documents))
  if (results.length === 0) throw wrongResponseError('The provider ranked no document.')
  if (new Set(results.map(({ index }) => index)).size < results.length)
    throw wrongResponseError('The provider ranked a document twice.')
  return results.sort((one, other) => other.relevance_score - one.relevance_score)
}

const readResult = (item: unknown, documents: number): Result => {
  const { index, relevance_score, score } = isObject(item) ? item : {}
  const given = relevance_score ?? score
  if (!isCount(index) || index >= documents || typeof given !== 'number')
    throw wrongResponseError('The provider sent a ranking that cannot be read.')
  return { index, relevance_score: given }
}
