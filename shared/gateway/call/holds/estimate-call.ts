import { type Call, readCount, tokenFields } from '../../../protocol/call.ts'
import { countChoices } from '../../../protocol/call-caps.ts'
import type { Route, Target } from '../../../protocol/route.ts'
import { toUsage } from '../../../protocol/usage.ts'
import { type JsonObject, listObjects } from '../../../runtime/json.ts'
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
    points: countPoints(prompt, output, countMaxSearches(call)),
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

/** Searches that are held for a search tool without a bound of its own. */
const heldSearches = 10

/** Counts the web searches that a call may make: those of Anthropic's search tools, which a provider runs that has its API. No other
 *  wire lets a provider run tools. */
const countMaxSearches = ({ endpoint, original }: Call): number => {
  if (endpoint !== 'messages') return 0
  const tools = original?.body['tools']
  const searching = listObjects(tools).filter(({ type }) => hostedSearch.test(String(type)))
  return searching.reduce((sum, tool) => sum + (readCount(tool, 'max_uses') ?? heldSearches), 0)
}

/** Its types end with a date (Anthropic API reference, "Web search tool"). */
const hostedSearch = /^web_search_\d{8}$/
