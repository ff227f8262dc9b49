import { isObject, type JsonObject } from '../runtime/json.ts'

/** How a response ended: complete; the client left; the provider cut it; a deadline passed; a check of its texts stopped it. */
export type Outcome = 'complete' | 'client_gone' | 'upstream_cut' | 'timeout' | 'filtered'

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

/** Creates a usage of so many tokens. */
export const toUsage = (prompt: number, completion: number): Usage => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
})

/** Units that a provider bills beside tokens: searches. */
export interface OtherUnits {
  readonly search?: number
}

/** Whether a value is an integer of at least 0 that a number holds exactly. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** Reads a provider's usage object. A total that is missing, or less than its parts, becomes their sum; a part that is
 *  missing is what the other one leaves of the total; all zeros stay zeros; details are kept. Returns undefined unless it is an object with at least one count, and all counts are
 *  integers ≥ 0. */
export const readUsage = (value: unknown): Usage | undefined => {
  if (!isObject(value)) return undefined
  const { prompt_tokens = readInput(value), completion_tokens = value['output_tokens'], total_tokens } = value
  if ([prompt_tokens, completion_tokens, total_tokens].every((count) => count === undefined)) return undefined
  const total = total_tokens ?? 0
  const prompt = prompt_tokens ?? getRest(total, completion_tokens)
  const completion = completion_tokens ?? getRest(total, prompt_tokens)
  if (!isCount(prompt) || !isCount(completion) || !isCount(total)) return undefined
  const sum = Math.min(prompt + completion, Number.MAX_SAFE_INTEGER)
  return { ...value, prompt_tokens: prompt, completion_tokens: completion, total_tokens: Math.max(total, sum) }
}

const getRest = (total: unknown, part: unknown): number =>
  isCount(total) && isCount(part) ? Math.max(total - part, 0) : 0

/** Whether a usage states nothing but a total. */
export const hasOnlyTotal = (usage: Usage): boolean =>
  usage.total_tokens > 0 && usage.prompt_tokens === 0 && usage.completion_tokens === 0

/** Splits a total into input and output. The total stays.
 *  @param outputTokens the estimated output, which is at most the total */
export const splitTotal = (usage: Usage, outputTokens: number): Usage => {
  const completion = Math.min(outputTokens, usage.total_tokens)
  return { ...usage, prompt_tokens: usage.total_tokens - completion, completion_tokens: completion }
}

/** Returns the prompt of a usage that has the names of Anthropic's Messages API. That API counts apart what came from the
 *  cache or went into it. OpenAI's Responses API and DashScope's own have the same names without these two. */
const readInput = ({ input_tokens: input, ...rest }: JsonObject): unknown => {
  const parts = [input, rest['cache_read_input_tokens'] ?? 0, rest['cache_creation_input_tokens'] ?? 0]
  return parts.every(isCount) ? parts.reduce((sum, count) => sum + count, 0) : input
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
