import { isCount, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'

/** The fields in which providers send how many prompt tokens came from their cache. The first count wins: OpenAI and most others
 *  (`prompt_tokens_details.cached_tokens`), DeepSeek (`prompt_cache_hit_tokens`), Moonshot (`cached_tokens`). */
const cachedTokenFields: readonly ((usage: JsonObject) => unknown)[] = [
  ({ prompt_tokens_details: details }) => (isObject(details) ? details['cached_tokens'] : undefined),
  ({ prompt_cache_hit_tokens: hits }) => hits,
  ({ cached_tokens: cached }) => cached,
]

/** Returns the prompt tokens that the provider read from its cache; 0 if it sent no valid count. */
export const getCachedTokens = (usage: Usage): number =>
  cachedTokenFields.map((getField) => getField(usage)).find(isCount) ?? 0
