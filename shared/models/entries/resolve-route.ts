import { findPresetName, type Preset } from '../../protocol/provider-presets.ts'
import type { Route } from '../../protocol/route.ts'
import type { EntryContext, KeyResult } from './entry-context.ts'
import type { Entry } from './entry-schema.ts'

/** Where an entry's requests go, and with which key. */
export type RouteTarget = Pick<Route, 'provider' | 'apiBase' | 'apiKey'>

/** The target of an entry, or the reason why it cannot have one. */
export const resolveTarget = (entry: Entry, judgements: EntryContext): RouteTarget | string => {
  const provider = getProvider(entry)
  const ownBase = entry.api_base ?? ''
  const own = judgements.base(ownBase)
  const preset = own.presetFor(provider)
  if (typeof preset === 'string') return preset
  const base = ownBase ? own : judgements.base(getPresetBase(entry, preset) ?? '')
  if (!base.value) return 'It has no api_base. Set it to the URL of the provider, up to and including the version path.'
  const { value: apiKey, problem } = base.problem ? base : resolveKey(entry, preset, judgements)
  return problem ?? { provider, apiBase: addApiVersion(base.value, entry.api_version), apiKey }
}

/** The route of an entry that has a target. */
export const toRoute = ({ provider, apiBase, apiKey }: RouteTarget, model: string, entry: Entry): Route => ({
  model,
  provider,
  apiBase,
  apiKey,
  upstreamModel: entry.upstream_model ?? model,
  completionsMode: entry.completions_mode ?? 'auto',
  streamUsage: entry.stream_usage ?? 'auto',
  defaultParams: entry.default_params ?? {},
  dropParams: entry.drop_params ?? [],
  allowedGroups: entry.allowed_groups,
  maxTokens: entry.max_tokens,
  prices: readPrices(entry),
})

/** The provider of an entry. */
export const getProvider = (entry: Entry): string => (entry.provider ?? 'openai').toLowerCase()

/** The key of an entry: the variable it names, else its own, else the first of its preset's variables that is set. An entry
 *  with a base of its own that names no variable may go without. */
const resolveKey = (entry: Entry, preset: Preset, { namedKey, keyIn }: EntryContext): KeyResult => {
  const { api_key_env: name, api_key: ownKey } = entry
  const named = name === undefined ? undefined : namedKey(name)
  if (named?.problem || named?.value) return named
  if (ownKey !== undefined) return { value: ownKey }
  const names = name === undefined ? preset.keyVariables : [name]
  const found = names.map(keyIn).find(({ value, problem }) => value ?? problem)
  const isNeeded = names.length > 0 && (name !== undefined || !entry.api_base)
  if (found || !isNeeded) return found ?? {}
  return { problem: `Its key is not set. Set the environment variable ${names.join(' or ')}.` }
}

/** The base that an entry without one gets. `openai` is what most entries call their provider, whoever it is: the base is
 *  OpenAI's only where that was said, and only with OpenAI's own key, or another vendor's key would go there. */
const getPresetBase = (entry: Entry, preset: Preset): string | undefined => {
  const { api_key_env: keyName, api_key: key, provider } = entry
  if (provider === undefined) return undefined
  const isForeign = key !== undefined || (keyName !== undefined && !preset.keyVariables.includes(keyName))
  return findPresetName(provider) === 'openai' && isForeign ? undefined : preset.apiBase
}

/** Azure's `api-version` is part of every URL below the base. */
const addApiVersion = (base: string, version: string | undefined): string =>
  version && !base.includes('?') ? `${base}?api-version=${encodeURIComponent(version)}` : base

const readPrices = (entry: Entry): Route['prices'] => {
  const { input_price_per_1m: input, output_price_per_1m: output } = entry
  if (!input && !output) return undefined
  return { input: input ?? '0', output: output ?? '0', cache: entry.cache_price_per_1m }
}
