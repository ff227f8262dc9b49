import type { Target } from '../../protocol/route.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { parseProviderError } from '../errors/parse-error.ts'
import { toInBandFailure } from '../errors/provider-failure.ts'
import { invalidResponseError } from '../errors/upstream-errors.ts'

/** Throws because the provider says with a word of its own that the model failed.
 *  @throws upstream_* (502, 503) */
export const failWith =
  (target: Target): ((word: string) => never) =>
  (word) => {
    throw toInBandFailure(target, { message: word, code: word, type: undefined, param: undefined })
  }

/** Parses the text of a chunk or a whole response.
 *  @throws upstream_* if the text reports an error or is no JSON object */
export const parseFields = (text: string, target: Target): JsonObject => {
  const fields = parseJson(text)
  const error = parseProviderError(fields)
  if (error) throw toInBandFailure(target, error)
  if (!isObject(fields)) throw invalidResponseError()
  return fields
}
