import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { findError } from '../errors/find-error.ts'
import { UnjudgedError } from '../errors/provider-failure.ts'
import { invalidResponseError } from '../errors/upstream-errors.ts'

/** Throws because the provider says with a word of its own that the model failed.
 *  @throws upstream_* (502, 503) */
export const failWith = (word: string): never => {
  throw new UnjudgedError({ error: { message: word, code: word } })
}

/** Parses the text of a chunk or a whole response.
 *  @throws upstream_* if the text reports an error or is no JSON object */
export const parseFields = (text: string): JsonObject => {
  const fields = parseJson(text)
  const error = findError(fields)
  if (error) throw new UnjudgedError(error)
  if (!isObject(fields)) throw invalidResponseError()
  return fields
}
