import { isObject, type JsonObject } from '../runtime/json.ts'

/** How a response ended: complete; the client left; the provider cut it; a deadline passed. */
export type Outcome = 'complete' | 'client_gone' | 'upstream_cut' | 'timeout'

/** Returns the outcome of a response that ended with an error of this code. */
export const toOutcome = (code: string | undefined): Outcome => {
  if (code === 'client_gone') return 'client_gone'
  return code === 'upstream_timeout' ? 'timeout' : 'upstream_cut'
}

/** Token counts as the provider states them: the three totals, and all detail fields unchanged. */
export interface Usage extends JsonObject {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

/** Whether a value is an integer of at least 0 that a number holds exactly. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** Reads a provider's usage object. A missing total becomes the sum; an explicit zero stays zero; details are kept.
 *  Returns undefined unless it is an object with at least one count, and all counts are integers ≥ 0. */
export const readUsage = (value: unknown): Usage | undefined => {
  if (!isObject(value)) return undefined
  const { prompt_tokens: prompt = 0, completion_tokens: completion = 0 } = value
  if (!('prompt_tokens' in value || 'completion_tokens' in value || 'total_tokens' in value)) return undefined
  if (!isCount(prompt) || !isCount(completion)) return undefined
  const total = value['total_tokens'] ?? prompt + completion
  if (!isCount(total)) return undefined
  return { ...value, prompt_tokens: prompt, completion_tokens: completion, total_tokens: total }
}

/** Adds the usage of two calls, details included. A sum is capped at the largest exact integer. */
export const addUsage = (one: Usage, other: Usage): Usage => addFields(one, other) as Usage

const addFields = (one: JsonObject, other: JsonObject): JsonObject => {
  const fields = Object.entries({ ...one, ...other }).map(([field, value]): [string, unknown] => {
    const [left, right] = [one[field], other[field]]
    if (typeof left === 'number' && typeof right === 'number')
      return [field, Math.min(left + right, Number.MAX_SAFE_INTEGER)]
    return [field, isObject(left) && isObject(right) ? addFields(left, right) : value]
  })
  return Object.fromEntries(fields)
}
