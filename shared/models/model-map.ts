import type { JsonObject } from '../protocol/json.ts'
import type { Route } from '../protocol/route.ts'
import { type ApiBaseOptions, apiBaseProblem } from './api-base.ts'
import { collectUnknownFields, type Entry, parseEntry } from './entry.ts'
import { isProviderKeyName } from './key-name.ts'

export interface RouteOptions extends ApiBaseOptions {
  /** The value of an environment variable; undefined when it is not set. */
  readonly variable: (name: string) => string | undefined
}

/** One entry of the model map as its source spells it: the model's name and its fields. */
export type NamedFields = readonly [model: string, fields: JsonObject]

/** An entry that could not become a route: the model's name and what to change. */
export interface Rejection {
  readonly model: string
  readonly reason: string
}

/** The routes of a model map, and what was left out. */
export interface Routes {
  readonly routes: readonly Route[]
  readonly rejected: readonly Rejection[]
  /** Fields that mean nothing to the gateway. */
  readonly unknownFields: readonly string[]
}

/** Turns a model map into routes. Each entry stands by itself: one that is unusable is rejected by name, the others live. */
export const routesOf = (entries: readonly NamedFields[], options: RouteOptions): Routes => {
  const routes: Route[] = []
  const rejected: Rejection[] = []
  const unknown = new Set<string>()
  const baseOf = remembered((base) => apiBaseProblem(base, options))
  const keyOf = remembered((name) => keyNamed(name, options))
  for (const [model, fields] of entries) {
    collectUnknownFields(fields, unknown)
    const outcome = nameProblem(model) ?? routeOf(model, parseEntry(fields), { baseOf, keyOf })
    if (typeof outcome === 'string') rejected.push({ model: printable(model), reason: outcome })
    else routes.push(outcome)
  }
  return { routes, rejected, unknownFields: [...unknown] }
}

interface Judgements {
  readonly baseOf: (base: string) => string | undefined
  readonly keyOf: (name: string) => KeyLookup
}

interface KeyLookup {
  readonly value?: string | undefined
  readonly problem?: string
}

/** Thousands of rows share a few addresses and key names: each is judged once a load. */
const remembered = <Judgement>(judge: (text: string) => Judgement): ((text: string) => Judgement) => {
  const known = new Map<string, Judgement>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined || known.has(text)) return found as Judgement
    const judgement = judge(text)
    known.set(text, judgement)
    return judgement
  }
}

/** The longest name the original's table can hold. */
const longestName = 128

const nameProblem = (model: string): string | undefined => {
  if (model.trim() === '') return 'It has no name. Set model_name to the name clients shall use.'
  if (model !== model.trim()) return 'Its name begins or ends with a blank. Remove it.'
  if (model.length > longestName) return `Its name is longer than ${longestName} characters.`
  return /\p{Cc}/u.test(model) ? 'Its name holds line breaks or control characters.' : undefined
}

const printable = (model: string): string =>
  model
    .slice(0, longestName)
    .replace(/\p{Cc}/gu, ' ')
    .trim()

const keyNamed = (name: string, { variable }: RouteOptions): KeyLookup =>
  isProviderKeyName(name)
    ? { value: variable(name) }
    : {
        problem:
          'Its api_key_env does not name a provider key. Such names end in _API_KEY, _KEY or _TOKEN and belong to no other secret.',
      }

/** A route, or the reason why the entry cannot be one. */
const routeOf = (model: string, entry: Entry | string, { baseOf, keyOf }: Judgements): Route | string => {
  if (typeof entry === 'string') return entry
  const base = entry.api_base ?? entry.base_url
  if (!base) return 'It has no api_base. Set it to the URL of the provider, up to and including the version path.'
  const wrong = baseOf(base)
  if (wrong) return wrong
  const named = entry.api_key_env ? keyOf(entry.api_key_env) : {}
  if (named.problem) return named.problem
  const apiKey = named.value ?? entry.api_key
  if (entry.api_key_env && !apiKey) return `Its key is not set. Set the environment variable ${entry.api_key_env}.`
  return {
    model,
    provider: (entry.provider ?? entry.custom_llm_provider ?? 'openai').toLowerCase(),
    apiBase: base.replace(/\/+$/, ''),
    apiKey,
    upstreamModel: entry.upstream_model ?? model,
    completionsMode: entry.completions_mode ?? 'auto',
    streamUsage: entry.stream_usage ?? 'auto',
    defaultParams: entry.default_params ?? {},
    dropParams: entry.drop_params ?? [],
    maxTokens: entry.max_tokens,
    prices: pricesOf(entry),
  }
}

const pricesOf = (entry: Entry): Route['prices'] => {
  const { input_price_per_1m: input, output_price_per_1m: output } = entry
  if (!input && !output) return undefined
  return { input: input ?? '0', output: output ?? '0', cache: entry.cache_price_per_1m }
}
