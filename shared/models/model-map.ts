import * as z from 'zod/mini'
import { isObject, type JsonObject } from '../protocol/json.ts'
import type { Log } from '../protocol/log.ts'
import { hasOtherShape, type Preset, presetName, presetOf } from '../protocol/presets.ts'
import type { Route } from '../protocol/route.ts'
import { readAllowedGroups } from './allowed-groups.ts'

export interface RouteOptions {
  /** The value of an environment variable; undefined when it is not set. */
  readonly variable: (name: string) => string | undefined
  /** Whether `api_base` may be http. */
  readonly allowPrivate: boolean
  /** Hears, once a load, of every provider name that no preset has. */
  readonly log?: Log
}

/** An entry that could not become a route: the model's name and what to change. */
export interface Rejection {
  readonly model: string
  readonly reason: string
}

/** A model map's entry as files, the environment and tables spell it. Blank strings count as absent; unknown fields are ignored. */
const optionalText = z.catch(z.optional(z.string().check(z.trim())), undefined)
const list = z.catch(z.array(z.string()), [])
const price = z.catch(z.optional(z.pipe(z.union([z.string(), z.number()]), z.transform(String))), undefined)
const entrySchema = z.object({
  provider: optionalText,
  custom_llm_provider: optionalText,
  api_base: optionalText,
  base_url: optionalText,
  api_version: optionalText,
  api_key_env: optionalText,
  api_key: optionalText,
  enabled: z.catch(z.optional(z.union([z.boolean(), z.number(), z.string()])), true),
  upstream_model: optionalText,
  completions_mode: z.catch(z.enum(['auto', 'native', 'chat']), 'auto'),
  stream_usage: z.catch(z.enum(['auto', 'force', 'off']), 'auto'),
  default_params: z.catch(z.record(z.string(), z.unknown()), {}),
  drop_params: list,
  allowed_groups: z.optional(z.unknown()),
  max_tokens: z.catch(z.optional(z.coerce.number().check(z.int(), z.positive())), undefined),
  input_price_per_1m: price,
  output_price_per_1m: price,
  cache_price_per_1m: price,
})

type Entry = z.infer<typeof entrySchema>

/** Turns a parsed model map, `{ "<model>": { entry } }`, into routes. Each entry stands by itself: one that is unusable is
 *  rejected by name, the others live; one that is switched off (`enabled`) is left out. */
export const routesOf = (map: JsonObject, options: RouteOptions): { routes: Route[]; rejected: Rejection[] } => {
  const routes: Route[] = []
  const rejected: Rejection[] = []
  const unknownProviders = new Set<string>()
  for (const [model, value] of Object.entries(map)) {
    if (!isObject(value)) continue
    const entry = entrySchema.parse(value)
    if (!isEnabled(entry.enabled)) continue
    const outcome = routeOf(model, entry, options)
    if (typeof outcome === 'string') rejected.push({ model, reason: outcome })
    else {
      routes.push(outcome)
      if (!presetOf(outcome.provider)) unknownProviders.add(outcome.provider)
    }
  }
  for (const provider of unknownProviders) options.log?.('warn', 'provider_unknown', { provider, help: unknownHelp })
  return { routes, rejected }
}

const unknownHelp = "No preset has this name: its API is taken to be OpenAI's. Correct the name, or say openai."

const isEnabled = (enabled: Entry['enabled']): boolean => !/^(0|false)$/i.test(String(enabled ?? true))

/** A route, or the reason why the entry cannot be one. */
const routeOf = (model: string, entry: Entry, options: RouteOptions): Route | string => {
  const allowedGroups = readAllowedGroups(entry.allowed_groups)
  if (allowedGroups === null) return 'Its allowed_groups is not a list of names. Write an array or a comma list.'
  const provider = (entry.provider || entry.custom_llm_provider || 'openai').toLowerCase()
  const ownBase = entry.api_base || entry.base_url
  const preset = presetFor(provider, ownBase)
  if (typeof preset === 'string') return preset
  const base = ownBase || preset.apiBase
  if (!base) return 'It has no api_base. Set it to the URL of the provider, up to and including the version path.'
  const wrong = baseProblem(base, options.allowPrivate)
  if (wrong) return wrong
  const variables = entry.api_key_env ? [entry.api_key_env] : entry.api_key ? [] : preset.keyVariables
  const key = variables.map(options.variable).find((value) => value) || entry.api_key || undefined
  const needsKey = entry.api_key_env || !ownBase
  if (needsKey && variables.length > 0 && !key)
    return `Its key is not set. Set the environment variable ${variables.join(' or ')}.`
  return {
    model,
    provider,
    apiBase: versioned(base.replace(/\/+$/, ''), entry.api_version),
    apiKey: key,
    upstreamModel: entry.upstream_model || model,
    completionsMode: entry.completions_mode,
    streamUsage: entry.stream_usage,
    defaultParams: entry.default_params,
    dropParams: entry.drop_params,
    maxTokens: entry.max_tokens,
    allowedGroups,
    prices: pricesOf(entry),
  }
}

/** What the provider's name stands for, or why it cannot be used. A name that nobody knows stands for OpenAI's shape at the
 *  entry's own base. `openai` with a base of its own is how self-hosted models are set up: OpenAI's key is not for them. */
const presetFor = (provider: string, ownBase: string | undefined): Preset | string => {
  if (hasOtherShape(provider))
    return `The provider '${provider}' does not speak OpenAI's API under that name. Set provider to "openai" and api_base to its OpenAI-compatible endpoint.`
  const preset = presetOf(provider)
  if (!preset && !ownBase)
    return `The provider '${provider}' is not known and the entry has no api_base. Correct the name or set api_base.`
  const elsewhere = presetName(provider) === 'openai' && ownBase && !ownBase.startsWith(String(preset?.apiBase))
  return preset && !elsewhere ? preset : { apiBase: ownBase, keyVariables: [] }
}

const baseProblem = (base: string, allowPrivate: boolean): string | undefined => {
  const url = URL.canParse(base) ? new URL(base) : undefined
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    return 'Its api_base is not a URL. It looks like https://api.example.com/v1.'
  if (url.username || url.password) return 'Its api_base holds a user name or password. Put the key in api_key_env.'
  if (url.protocol === 'http:' && !allowPrivate)
    return 'Its api_base is not https. ALLOW_PRIVATE_UPSTREAMS=true permits http.'
  return undefined
}

/** Azure's `api-version` is part of every URL below the base. */
const versioned = (base: string, version: string | undefined): string =>
  version && !base.includes('?') ? `${base}?api-version=${encodeURIComponent(version)}` : base

const pricesOf = (entry: Entry): Route['prices'] => {
  const { input_price_per_1m: input, output_price_per_1m: output } = entry
  if (!input && !output) return undefined
  return { input: input ?? '0', output: output ?? '0', cache: entry.cache_price_per_1m }
}
