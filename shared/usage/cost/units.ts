import { getCachedTokens } from '../../protocol/cached-tokens.ts'
import { isCount, type Usage } from '../../protocol/usage.ts'
import { isObject } from '../../runtime/json.ts'

/** What providers bill by: tokens (`input`, `cached`, `output`, `reasoning`), pictures, seconds and characters of speech, web
 *  searches, requests. */
export type Unit = 'input' | 'cached' | 'output' | 'reasoning' | 'image' | 'second' | 'character' | 'search' | 'request'

/** How much a call used of each unit; only the units that occur. Cached tokens are part of the input, reasoning tokens part of the
 *  output, as in OpenAI's usage. */
export type Units = Readonly<Partial<Record<Unit, number>>>

/** Returns the token units of a usage. A usage with nothing but a total is all input. Otherwise all tokens of the total beyond the
 *  prompt are output: xAI and Gemini count reasoning in the total alone. */
export const toTokenUnits = (usage: Usage): Units => {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage
  const input = prompt + completion === 0 ? total : prompt
  const output = Math.max(completion, total - input)
  return dropZeros({
    input,
    cached: Math.min(getCachedTokens(usage), input),
    output,
    reasoning: Math.min(getReasoningTokens(usage), output),
  })
}

/** Returns the output tokens of a response's thoughts (OpenAI API reference, `completion_tokens_details`); 0 if the provider sent
 *  no valid count. */
const getReasoningTokens = ({ completion_tokens_details: details }: Usage): number => {
  const count = isObject(details) ? details['reasoning_tokens'] : undefined
  return isCount(count) ? count : 0
}

const dropZeros = (units: Required<Pick<Units, TokenUnit>>): Units => {
  const occurring: Partial<Record<Unit, number>> = {}
  for (const unit of tokenUnits) if (units[unit] > 0) occurring[unit] = units[unit]
  return occurring
}

const tokenUnits = ['input', 'cached', 'output', 'reasoning'] as const

type TokenUnit = (typeof tokenUnits)[number]
