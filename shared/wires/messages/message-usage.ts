import { getCachedTokens } from '../../protocol/cached-tokens.ts'
import { isCount, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'

/** Turns the usage of a chat into that of a message. Anthropic counts apart what came from the cache: the whole prompt is the sum
 *  of the three (Anthropic API reference, `Usage`). */
export const toMessageUsage = (usage: Usage): JsonObject => {
  const cached = getCachedTokens(usage)
  const { completion_tokens_details: details } = usage
  const thinking = isObject(details) ? details['reasoning_tokens'] : undefined
  return {
    input_tokens: Math.max(usage.prompt_tokens - cached, 0),
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: 0,
    output_tokens: usage.completion_tokens,
    ...(isCount(thinking) && { output_tokens_details: { thinking_tokens: thinking } }),
    ...(usage['estimated'] === true && { estimated: true }),
  }
}
