import { getCachedTokens } from '../../protocol/cached-tokens.ts'
import { isCount, type OtherUnits, type Usage } from '../../protocol/usage.ts'
import { isObject } from '../../runtime/json.ts'

/** What providers bill by: tokens (`input`, `cached`, `output`, `reasoning`), pictures, seconds and characters of speech, web
 *  searches, requests. */
export type Unit = 'input' | 'cached' | 'output' | 'reasoning' | 'image' | 'second' | 'character' | 'search' | 'request'

/** How much a call used of each unit; only the units that occur. Cached tokens are part of the input, reasoning tokens part of the
 *  output, as in OpenAI's usage. */
export type Units = Readonly<Partial<Record<Unit, number>>>

/** Returns the units of a usage, and those that are stated beside it. A usage with nothing but a total is all input.
 *  Otherwise all tokens of the total beyond the prompt are output: xAI and Gemini count reasoning in the total alone. */
export const toUnits = (usage: Usage, others: OtherUnits = {}): Units => {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage
  const input = prompt + completion === 0 ? total : prompt
  const output = Math.max(completion, total - input)
  return dropZeros({
    input,
    cached: Math.min(getCachedTokens(usage), input),
    output,
    reasoning: Math.min(getReasoningTokens(usage), output),
    search: countSearches(usage) + (others.search ?? 0),
  })
}

/** The fields in which providers state the web searches of a response: Anthropic ("Web search tool", `usage`); DashScope (Model Studio,
 *  "Web search": `plugins` in its own API, `x_tools` in Responses; by its FAQ an OpenAI-compatible chat may state none); Perplexity (API
 *  reference, "Chat completions", `usage`). Of one response in several fields the largest counts. */
const searchPaths = [
  ['server_tool_use', 'web_search_requests'],
  ['plugins', 'search', 'count'],
  ['x_tools', 'web_search', 'count'],
  ['num_search_queries'],
]

const countSearches = (usage: Usage): number =>
  Math.max(
    ...searchPaths.map((path) => {
      const count = path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), usage)
      return isCount(count) ? count : 0
    }),
  )

/** Returns the output tokens of a response's thoughts (OpenAI API reference, `completion_tokens_details`); 0 if the provider sent
 *  no valid count. */
const getReasoningTokens = ({ completion_tokens_details: details }: Usage): number => {
  const count = isObject(details) ? details['reasoning_tokens'] : undefined
  return isCount(count) ? count : 0
}

const dropZeros = (units: Units): Units => Object.fromEntries(Object.entries(units).filter(([, count]) => count > 0))
