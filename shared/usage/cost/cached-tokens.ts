import type { Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'

/** Where providers state how many of the prompt's tokens came from their cache, first found wins: OpenAI and most others
 *  (`prompt_tokens_details.cached_tokens`), DeepSeek (`prompt_cache_hit_tokens`), Moonshot (`cached_tokens`). */
const cachedTokenPlaces: readonly ((usage: JsonObject) => unknown)[] = [
  ({ prompt_tokens_details: details }) => (isObject(details) ? details['cached_tokens'] : undefined),
  ({ prompt_cache_hit_tokens: hits }) => hits,
  ({ cached_tokens: cached }) => cached,
]

/** The prompt's tokens that the provider read from its cache; 0 when it states none or something that is no count. */
export const getCachedTokens = (usage: Usage): number => {
  for (const place of cachedTokenPlaces) {
    const stated = place(usage)
    if (Number.isSafeInteger(stated) && (stated as number) >= 0) return stated as number
  }
  return 0
}
