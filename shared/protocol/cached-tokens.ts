import { isObject, type JsonObject } from '../runtime/json.ts'
import { isCount, type Usage } from './usage.ts'

/** The fields in which providers send how many prompt tokens came from their cache: OpenAI and most others
 *  (`prompt_tokens_details.cached_tokens`), OpenAI's Responses API (`input_tokens_details.cached_tokens`), DeepSeek
 *  (`prompt_cache_hit_tokens`), Moonshot (`cached_tokens`), Anthropic (`cache_read_input_tokens`). */
const cachedTokenFields: readonly ((usage: JsonObject) => unknown)[] = [
  ({ prompt_tokens_details: details }) => (isObject(details) ? details['cached_tokens'] : undefined),
  ({ input_tokens_details: details }) => (isObject(details) ? details['cached_tokens'] : undefined),
  ({ prompt_cache_hit_tokens: hits }) => hits,
  ({ cached_tokens: cached }) => cached,
  ({ cache_read_input_tokens: read }) => read,
]

/** Returns the prompt tokens that the provider read from its cache: the largest count that it states, at most the prompt; 0 if it
 *  states none. A usage with nothing but a total is all prompt. */
export const getCachedTokens = (usage: Usage): number => {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage
  const stated = cachedTokenFields.map((getField) => getField(usage)).filter(isCount)
  return Math.min(Math.max(0, ...stated), prompt + completion === 0 ? total : prompt)
}
