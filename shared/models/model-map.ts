import type { JsonObject } from '../protocol/json.ts'
import { type Preset, presetName, presetOf } from '../protocol/presets.ts'
import type { Route } from '../protocol/route.ts'
import { type ApiBaseOptions, apiBaseProblem } from './api-base.ts'
import { collectUnknownFields, type Entry, parseEntry } from './entry.ts'
import { isProviderKeyName } from './key-name.ts'
import { entryPreset } from './provider-preset.ts'

export interface RouteOptions extends ApiBaseOptions {
  /** The value of an environment variable; undefined when it is not set. */
  readonly variable: (name: string) => string | undefined
  /** Hears every key that the map itself holds, usable or not, so that it can be kept out of logs and replies. */
  readonly learnKey?: (key: string) => void
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
  /** Provider names that no preset has; their API is taken to be OpenAI's. */
  readonly unknownProviders: readonly string[]
}

/** Turns a model map into routes. Each entry stands by itself: one that is unusable is rejected by name, the others live. */
export const routesOf = (entries: readonly NamedFields[], options: RouteOptions): Routes => {
  const routes: Route[] = []
  const rejected: Rejection[] = []
  const unknownFields = new Set<string>()
  const unknownProviders = new Set<string>()
  const baseOf = remembered((base) => apiBaseProblem(base, options))
  const keyOf = remembered((name) => keyNamed(name, options))
  const judgements = { baseOf, keyOf, variable: options.variable }
  for (const [model, fields] of entries) {
    collectUnknownFields(fields, unknownFields)
    if (typeof fields['api_key'] === 'string') options.learnKey?.(fields['api_key'])
    const outcome = nameProblem(model) ?? routeOf(model, parseEntry(fields), judgements)
    if (typeof outcome === 'string') rejected.push({ model: printable(model), reason: outcome })
    else {
      routes.push(outcome)
      if (!presetOf(outcome.provider)) unknownProviders.add(outcome.provider)
    }
  }
  return { routes, rejected, unknownFields: [...unknownFields], unknownProviders: [...unknownProviders] }
}

interface Judgements {
  readonly baseOf: (base: string) => string | undefined
  readonly keyOf: (name: string) => KeyLookup
  readonly variable: RouteOptions['variable']
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
const routeOf = (model: string, entry: Entry | string, judgements: Judgements): Route | string => {
  if (typeof entry === 'string') return entry
  const provider = (entry.provider ?? entry.custom_llm_provider ?? 'openai').toLowerCase()
  const ownBase = entry.api_base ?? entry.base_url
  const preset = entryPreset(provider, ownBase, judgements.variable('CLOUDBASE_ENV_ID'))
  if (typeof preset === 'string') return preset
  const base = ownBase ?? presetBase(entry, preset)
  if (!base) return 'It has no api_base. Set it to the URL of the provider, up to and including the version path.'
  const wrong = judgements.baseOf(base)
  if (wrong) return wrong
  const { value: apiKey, problem } = keyFor(entry, preset, judgements)
  if (problem) return problem
  return {
    model,
    provider,
    apiBase: versioned(base.replace(/\/+$/, ''), entry.api_version),
    apiKey,
    upstreamModel: entry.upstream_model ?? model,
    completionsMode: entry.completions_mode ?? 'auto',
    streamUsage: entry.stream_usage ?? 'auto',
    defaultParams: entry.default_params ?? {},
    dropParams: entry.drop_params ?? [],
    allowedGroups: entry.allowed_groups,
    maxTokens: entry.max_tokens,
    prices: pricesOf(entry),
  }
}

/** The key of an entry: the variable it names, else its own, else the first of its preset's variables that is set. An entry
 *  with a base of its own that names no variable may go without. */
const keyFor = (entry: Entry, preset: Preset, { keyOf, variable }: Judgements): KeyLookup => {
  const named = entry.api_key_env ? keyOf(entry.api_key_env) : {}
  if (named.problem) return named
  const names = entry.api_key_env ? [entry.api_key_env] : entry.api_key ? [] : preset.keyVariables
  const value = named.value ?? entry.api_key ?? names.map(variable).find((key) => key)
  const needed = entry.api_key_env !== undefined || !(entry.api_base ?? entry.base_url)
  if (needed && names.length > 0 && !value)
    return { problem: `Its key is not set. Set the environment variable ${names.join(' or ')}.` }
  return { value }
}

/** The base that an entry without one gets. `openai` is what most entries call their provider, whoever it is: the base is
 *  OpenAI's only where that was said, and only with OpenAI's own key, or another vendor's key would go there. */
const presetBase = (entry: Entry, preset: Preset): string | undefined => {
  const { api_key_env: keyName, api_key: key, provider = entry.custom_llm_provider } = entry
  if (provider === undefined) return undefined
  const isForeign = key !== undefined || (keyName !== undefined && !preset.keyVariables.includes(keyName))
  return presetName(provider) === 'openai' && isForeign ? undefined : preset.apiBase
}

/** Azure's `api-version` is part of every URL below the base. */
const versioned = (base: string, version: string | undefined): string =>
  version && !base.includes('?') ? `${base}?api-version=${encodeURIComponent(version)}` : base

const pricesOf = (entry: Entry): Route['prices'] => {
  const { input_price_per_1m: input, output_price_per_1m: output } = entry
  if (!input && !output) return undefined
  return { input: input ?? '0', output: output ?? '0', cache: entry.cache_price_per_1m }
}
