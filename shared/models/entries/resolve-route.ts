import { findPresetName, type Preset } from '../../protocol/provider-presets.ts'
import type { Route } from '../../protocol/route.ts'
import type { Result } from '../../runtime/result.ts'
import type { EntryContext } from './entry-context.ts'
import type { Entry } from './entry-schema.ts'

/** The address that an entry's requests go to, and the key that they carry. */
export type RouteTarget = Pick<Route, 'provider' | 'apiBase' | 'apiKey'>

/** Finds the target of an entry. */
export const resolveTarget = (entry: Entry, context: EntryContext): Result<RouteTarget> => {
  const provider = getProvider(entry)
  const ownBase = entry.api_base ?? ''
  const own = context.getBase(ownBase)
  const preset = own.getPreset(provider)
  if (preset.problem !== undefined) return preset
  const { url } = ownBase ? own : context.getBase(getPresetBase(entry, preset.value) ?? '')
  if (url.problem !== undefined) return url
  const key = resolveKey(entry, preset.value, context)
  if (key.problem !== undefined) return key
  return { value: { provider, apiBase: addApiVersion(url.value, entry.api_version), apiKey: key.value } }
}

/** Makes the route of an entry that has a target. */
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

/** The provider of an entry, in lower case. Default: `openai`. */
export const getProvider = (entry: Entry): string => (entry.provider ?? 'openai').toLowerCase()

/** Finds the key of an entry: the variable it names, else its own key, else the first of its preset's variables that is
 *  set. An entry that has its own base and names no variable may go without a key. */
const resolveKey = (
  entry: Entry,
  preset: Preset,
  { getKey, getNamedKey }: EntryContext,
): Result<string | undefined> => {
  const { api_key_env: name, api_key: ownKey } = entry
  const named = name === undefined ? undefined : getNamedKey(name)
  if (named?.problem || named?.value) return named
  if (ownKey !== undefined) return { value: ownKey }
  const names = name === undefined ? preset.keyVariables : [name]
  const found = names.map(getKey).find(({ value, problem }) => value ?? problem)
  const isNeeded = names.length > 0 && (name !== undefined || !entry.api_base)
  if (found || !isNeeded) return found ?? { value: undefined }
  return { problem: `Its key is not set. Set the environment variable ${names.join(' or ')}.` }
}

/** The base for an entry that has none. Most entries call their provider `openai`, whichever vendor it is. So OpenAI's
 *  base is used only if the entry names the provider and has no key of another vendor: that key would go to OpenAI. */
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
