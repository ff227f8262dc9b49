import { addUsage, isCount, readUsage, type Usage } from '../../protocol/usage.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { toSnakeNames } from './snake-names.ts'

/** All that a response or chunk states as usage: at the top (nearly all), in a choice (Moonshot) or its message, in
 *  `x_groq` (older Groq), under Gemini's name, in `meta` (Cohere), or as fields beside the choices (Ollama). */
const getStatements = (fields: JsonObject): unknown[] => {
  const {
    usage,
    x_groq: groq,
    choices,
    usageMetadata,
    usage_metadata: metadata = usageMetadata,
    meta,
    eval_count: evaluated,
  } = fields
  const statements: unknown[] = usage ? [usage] : []
  if (Array.isArray(choices)) for (const choice of choices as unknown[]) addStatements(statements, choice)
  if (isObject(groq) && groq['usage']) statements.push(groq['usage'])
  if (metadata) statements.push(metadata)
  if (isObject(meta) && meta['billed_units']) statements.push(meta)
  if (evaluated !== undefined)
    statements.push({ eval_count: evaluated, prompt_eval_count: fields['prompt_eval_count'] })
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
    const valid = readUsage(statement) ?? readOddUsage(statement)
    if (valid) return valid
  }
  return undefined
}

/** Reads a usage in another shape: JSON text, a list, whose items are added up, or counts in an object of their own. */
const readOddUsage = (value: unknown): Usage | undefined => {
  const given = typeof value === 'string' ? parseJson(value) : value
  if (Array.isArray(given)) return addUp(given.map((item) => readUsage(item) ?? readOddUsage(item)))
  if (!isObject(given)) return undefined
  const inner = innerFields.map((name) => given[name]).find(Boolean)
  return readUsage(toOwnUsage(toSnakeNames(given))) ?? (inner ? readOddUsage(inner) : undefined)
}

/** What holds the counts within a usage: Cohere ("Chat", `usage.billed_units`: what is billed), Spark (`usage.text`), applications of
 *  DashScope (`usage.models`). */
const innerFields = ['billed_units', 'text', 'models'] as const

const addUp = (usages: readonly (Usage | undefined)[]): Usage | undefined => {
  const [first, ...others] = usages.filter((usage) => usage !== undefined)
  return first && others.reduce(addUsage, first)
}

/** The counts that other APIs have in place of OpenAI's. Those of one row are added up. Sources: Gemini, `UsageMetadata` (thoughts are not
 *  among the candidates); Ollama, "Generate a chat completion"; Bedrock, `TokenUsage` (what the cache took is not among the input). */
const otherCounts: readonly (readonly [own: string, others: readonly string[]])[] = [
  ['prompt_tokens', ['prompt_token_count', 'tool_use_prompt_token_count', 'prompt_eval_count']],
  ['completion_tokens', ['candidates_token_count', 'thoughts_token_count', 'eval_count']],
  ['total_tokens', ['total_token_count']],
  ['cached_tokens', ['cached_content_token_count']],
  ['cache_creation_input_tokens', ['cache_write_input_tokens']],
]

/** A usage with OpenAI's names, and with numbers in place of digits: servers in Java write long numbers as text. */
const toOwnUsage = (given: JsonObject): JsonObject => {
  const usage: JsonObject = toNumbers(given)
  for (const [own, others] of otherCounts) {
    const counts = others.map((name) => usage[name]).filter(isCount)
    if (counts.length > 0) usage[own] ??= counts.reduce((sum, count) => sum + count, 0)
  }
  return usage
}

const toNumbers = (fields: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (isObject(value)) return [name, toNumbers(value)]
      return [name, typeof value === 'string' && /^\d{1,15}(\.0+)?$/.test(value) ? Number(value) : value]
    }),
  )

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
