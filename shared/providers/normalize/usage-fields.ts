import { readUsage, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'

/** All that a response or chunk states as usage: at the top (nearly all), in a choice (Moonshot) or its message, in
 *  `x_groq` (older Groq). */
const getStatements = ({ usage, x_groq: groq, choices }: JsonObject): unknown[] => {
  const statements: unknown[] = usage ? [usage] : []
  if (Array.isArray(choices)) for (const choice of choices as unknown[]) addStatements(statements, choice)
  if (isObject(groq) && groq['usage']) statements.push(groq['usage'])
  return statements
}

const addStatements = (statements: unknown[], choice: unknown): void => {
  if (!isObject(choice)) return
  const { usage, delta, message } = choice
  if (usage) statements.push(usage)
  if (isObject(delta) && delta['usage']) statements.push(delta['usage'])
  if (isObject(message) && message['usage']) statements.push(message['usage'])
}

/** The usage that a response or chunk states. Returns undefined if it states none that can be used. */
export const extractUsage = (fields: JsonObject): Usage | undefined => {
  for (const statement of getStatements(fields)) {
    const valid = readUsage(statement) ?? readUsage(toOwnUsage(statement))
    if (valid) return valid
  }
  return undefined
}

/** A usage with OpenAI's names, and with numbers in place of digits: servers in Java write names in camel case, and long numbers
 *  as text. */
const toOwnUsage = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value)
  if (!isObject(value) || depth > 1) return value
  return Object.fromEntries(Object.entries(value).map(([name, own]) => [toSnakeCase(name), toOwnUsage(own, depth + 1)]))
}

const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Whether a response or chunk states a usage, which may be one that cannot be used. */
export const statesUsage = (fields: JsonObject): boolean => getStatements(fields).length > 0

/** Longest text, in characters, beside which a stated output of 0 tokens is believed. */
const maxUncountedLength = 64

/** Whether a usage states a prompt but no output although there is a longer text. All zeros are believed: they say that
 *  nothing is charged. So is an output that only the total shows, as xAI and Gemini count thoughts. */
export const contradictsText = (usage: Usage, textLength: number): boolean =>
  usage.total_tokens > 0 &&
  usage.completion_tokens === 0 &&
  usage.total_tokens === usage.prompt_tokens &&
  textLength > maxUncountedLength
