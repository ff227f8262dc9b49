import { readUsage, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import type { RuleTarget } from './rules.ts'

/** The objects in which providers put `usage`: the response or chunk itself (nearly all), a choice (Moonshot), `x_groq`
 *  (older Groq). */
const getUsageHolders = ({ fields, choices }: RuleTarget): JsonObject[] => {
  const { x_groq: groq } = fields
  const holders = [fields]
  for (const choice of choices) holders.push(choice.fields)
  if (groq && isObject(groq)) holders.push(groq)
  return holders
}

/** The usage that a response or chunk states. Returns undefined if it states none that can be used. */
export const extractUsage = (target: RuleTarget): Usage | undefined => {
  for (const { usage } of getUsageHolders(target)) {
    const valid = usage ? readUsage(usage) : undefined
    if (valid) return valid
  }
  return undefined
}

/** Whether a response or chunk states a usage, which may be one that cannot be used. */
export const statesUsage = (target: RuleTarget): boolean =>
  getUsageHolders(target).some(({ usage }) => usage !== undefined && usage !== null)

/** Deletes all usage from a response or chunk. */
export const stripUsage = (target: RuleTarget): void => {
  for (const holder of getUsageHolders(target)) delete holder['usage']
}
