import { type Call, readCount, tokenFields } from '../../../protocol/call.ts'
import { countChoices } from '../../../protocol/call-caps.ts'
import { getKnownProvider } from '../../../protocol/provider-presets.ts'
import type { Route, Target } from '../../../protocol/route.ts'
import { toUsage } from '../../../protocol/usage.ts'
import { type JsonObject, listObjects } from '../../../runtime/json.ts'
import { isFree } from '../../../usage/cost/is-free.ts'
import { priceUsage, type Tariff } from '../../../usage/cost/pricing.ts'
import { countAttachments, estimateDefaultTokens, estimateSentTokens } from '../../../usage/cost/prompt-tokens.ts'

/** A call, and how many choices it asks for. */
export interface CallToEstimate {
  readonly call: Call
  readonly route: Route
  readonly weight: number
}

/** The most that a call may use. */
export interface CallEstimate {
  /** The call, with a limit on its output tokens. */
  readonly bounded: Call
  readonly tokens: number
  /** At least 1 unless the model is free: a call that seems to cost nothing may cost more, again and again. */
  readonly points: number
  /** The points of its estimated prompt alone. */
  readonly promptPoints: number
}

/** Estimates the most that a call may use, whichever target responds.
 *  @throws invalid_value (400, with `param`) */
export const estimateCall = ({ call, route, weight }: CallToEstimate, tariff: Tariff): CallEstimate => {
  const { bounded, maxTokens } = boundTokens(call, route)
  const choices = Math.max(weight, ...route.targets.map((target) => countSentChoices(call, target)))
  const promptTokens = estimateTargetTokens(call, route)
  const prompt = getMaxPromptTokens(promptTokens, call)
  const output = maxTokens * choices
  const countPoints = (input: number, made: number, search: number): number =>
    priceUsage({ usage: toUsage(input, made), units: { search } }, route.prices, tariff).points
  return {
    bounded,
    tokens: prompt + output,
    points: countPoints(prompt, output, countMaxSearches(call, route, prompt)) || Number(!isFree(route.prices, tariff)),
    promptPoints: countPoints(promptTokens, 0, 0),
  }
}

/** The limit on output tokens of a call that has none, and whose entry has none. */
const defaultMaxTokens = 4_096

/** Finds the most output tokens that any target of a route makes for one choice. If a target would get no limit, the call
 *  gets one, under a name that no target drops: the client's own, which may have another name, or the default. A call
 *  that makes vectors or scores has no output tokens.
 *  @throws invalid_value (400, with `param`) */
const boundTokens = (call: Call, { targets }: Route): { readonly bounded: Call; readonly maxTokens: number } => {
  if (call.estimatePrompt) return { bounded: call, maxTokens: 0 }
  const limits = targets.map((target) => getLimit(call, target))
  const known = limits.filter((limit) => limit !== undefined)
  if (known.length === limits.length) return { bounded: call, maxTokens: Math.max(...known) }
  const isSent = (field: string): boolean => targets.every(({ dropParams }) => !dropParams.includes(field))
  const limit = readLimit(call.body) ?? defaultMaxTokens
  const { max_tokens: _, max_completion_tokens: __, ...rest } = call.body
  const body = { ...rest, [tokenFields.find(isSent) ?? 'max_tokens']: limit }
  return { bounded: { ...call, body }, maxTokens: Math.max(limit, ...known) }
}

/** Returns the limit on output tokens that a target gets; undefined if it gets none. */
const getLimit = ({ body }: Call, { maxTokens, defaultParams, dropParams }: Target): number | undefined => {
  const asked = readLimit({ ...defaultParams, ...body }, dropParams)
  return maxTokens === undefined ? asked : Math.min(asked ?? maxTokens, maxTokens)
}

/** Reads the larger limit on output tokens of a body, without the fields that are dropped. */
const readLimit = (body: JsonObject, dropParams: readonly string[] = []): number | undefined => {
  const given = tokenFields.flatMap((field) => (dropParams.includes(field) ? [] : (readCount(body, field) ?? [])))
  return given.length > 0 ? Math.max(...given) : undefined
}

/** Counts the choices that a target makes: its default parameters can ask for several. */
const countSentChoices = ({ operation, body }: Call, { defaultParams }: Target): number =>
  countChoices({ operation, body: { ...defaultParams, ...body } }, noCaps)

const noCaps = { maxChoices: Number.MAX_SAFE_INTEGER, maxPrompts: Number.MAX_SAFE_INTEGER }

/** Room for the error of a prompt's estimate: it errs by a fifth at most on the texts that it was measured on
 *  (docs/decisions/0033-token-estimate.md). */
const promptMargin = 1.25

/** Tokens that are held for a picture, film, file or recording beyond its estimate: 2,500 in all. */
const heldBeyondAttachment = 1_250

const getMaxPromptTokens = (estimate: number, { body }: Call): number =>
  Math.ceil(estimate * promptMargin) + countAttachments(body) * heldBeyondAttachment

/** Estimates the prompt tokens that a target gets: the call's own, and those of its default parameters; the most of any target. */
const estimateTargetTokens = (call: Call, { targets }: Route): number =>
  estimateSentTokens(call) +
  Math.max(...targets.map(({ defaultParams }) => estimateDefaultTokens(call.body, defaultParams)))

/** Searches that are held for a call without a bound of its own. */
const heldSearches = 10

/** Counts the searches that a call may be billed for, if its provider bills any. */
const countMaxSearches = (call: Call, route: Route, promptTokens: number): number => {
  if (call.operation === 'rerank') return countRankingSearches(call, promptTokens)
  if (call.endpoint === 'messages') return countToolSearches(call)
  return call.operation === 'chat/completions' && route.targets.some((target) => mayChatSearch(call, target))
    ? heldSearches
    : 0
}

/** Documents of one search, and the tokens of one document; a longer one counts as several (Cohere documentation, "How does Cohere's
 *  pricing work", rerank). */
const documentsPerSearch = 100
const tokensPerDocument = 500

const countRankingSearches = ({ body: { documents } }: Call, promptTokens: number): number => {
  const count = Array.isArray(documents) ? documents.length : 1
  return Math.ceil((count + Math.floor(promptTokens / tokensPerDocument)) / documentsPerSearch)
}

/** Counts the searches of Anthropic's search tools, which a provider runs that has its API. */
const countToolSearches = ({ original }: Call): number => {
  const searching = listObjects(original?.body['tools']).filter(({ type }) => hostedSearch.test(String(type)))
  return searching.reduce((sum, tool) => sum + (readCount(tool, 'max_uses') ?? heldSearches), 0)
}

/** Its types end with a date (Anthropic API reference, "Web search tool"). */
const hostedSearch = /^web_search_\d{8}$/

/** Fields by which a chat asks for searches: `enable_search` of DashScope ("Web search"), and OpenAI's own. */
const searchFields = ['enable_search', 'web_search_options'] as const

/** Whether a target may search for a chat: Perplexity does so without being asked ("Chat completions"). */
const mayChatSearch = ({ body }: Call, target: Target): boolean => {
  const sent: JsonObject = { ...target.defaultParams, ...body }
  return getKnownProvider(target) === 'perplexity' || searchFields.some((field) => Boolean(sent[field]))
}
