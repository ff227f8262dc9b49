import { readUsage, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'

/** The objects in which providers put `usage`: the response or chunk itself (nearly all), a choice (Moonshot) or its
 *  message, `x_groq` (older Groq). */
const getUsageHolders = (fields: JsonObject): JsonObject[] => {
  const { x_groq: groq, choices } = fields
  const holders = [fields]
  if (Array.isArray(choices)) {
    for (const choice of choices as unknown[]) {
      if (!isObject(choice)) continue
      holders.push(choice)
      if (isObject(choice['delta'])) holders.push(choice['delta'])
      if (isObject(choice['message'])) holders.push(choice['message'])
    }
  }
  if (isObject(groq)) holders.push(groq)
  return holders
}

/** The usage that a response or chunk states. Returns undefined if it states none that can be used. */
export const extractUsage = (fields: JsonObject): Usage | undefined => {
  for (const { usage } of getUsageHolders(fields)) {
    const valid = usage ? readUsage(usage) : undefined
    if (valid) return valid
  }
  return undefined
}

/** Whether a response or chunk states a usage, which may be one that cannot be used. */
export const statesUsage = (fields: JsonObject): boolean =>
  getUsageHolders(fields).some(({ usage }) => usage !== undefined && usage !== null)

/** Longest text, in characters, beside which a stated output of 0 tokens is believed. */
const maxUncountedLength = 64

/** Whether a usage states a prompt but no output although there is a longer text. All zeros are believed: they say that
 *  nothing is charged. So is an output that only the total shows, as xAI and Gemini count thoughts. */
export const contradictsText = (usage: Usage, textLength: number): boolean =>
  usage.total_tokens > 0 &&
  usage.completion_tokens === 0 &&
  usage.total_tokens === usage.prompt_tokens &&
  textLength > maxUncountedLength
