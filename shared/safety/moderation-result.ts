import type { Verdict } from '../protocol/safety.ts'
import type { JsonObject } from '../runtime/json.ts'

/** The categories of OpenAI's moderation (openai-openapi 2.3.0, `CreateModerationResponse`). */
const categories = [
  ...['harassment', 'harassment/threatening', 'hate', 'hate/threatening', 'illicit', 'illicit/violent'],
  ...[
    'self-harm',
    'self-harm/instructions',
    'self-harm/intent',
    'sexual',
    'sexual/minors',
    'violence',
    'violence/graphic',
  ],
] as const

/** The category of a checker's label: those of Tencent Cloud (TMS 2020-12-29, `Label`) and of WeChat. Labels without a category of
 *  OpenAI's, such as advertising and politics, have none. */
const openaiCategories: Readonly<Record<string, string>> = {
  porn: 'sexual',
  vulgar: 'sexual',
  sexy: 'sexual',
  abuse: 'harassment',
  illegal: 'illicit',
  crime: 'illicit',
  fraud: 'illicit',
  terror: 'violence',
}

/** Creates OpenAI's result of a verdict. `label` and `verdict` beside it are the checker's own. A heading of the list of words that
 *  has the name of a category is that category. */
export const toModerationResult = ({ kind, label, score }: Verdict): JsonObject => {
  const isFlagged = kind === 'block'
  const own = label?.toLowerCase() ?? ''
  const found = categories.find((name) => name === own) ?? openaiCategories[own]
  const probability = kind === 'pass' ? 0 : (score ?? 100) / 100
  const fill = (getValue: (isFound: boolean) => unknown): JsonObject =>
    Object.fromEntries(categories.map((name) => [name, getValue(name === found)]))
  return {
    flagged: isFlagged,
    categories: fill((isFound) => isFlagged && isFound),
    category_scores: fill((isFound) => (isFound ? probability : 0)),
    category_applied_input_types: fill(() => ['text']),
    verdict: kind,
    label: label ?? null,
  }
}
