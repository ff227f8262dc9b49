import { findPresetName, type Preset } from '../../protocol/provider-presets.ts'
import type { Target } from '../../protocol/route.ts'
import type { Result } from '../../runtime/result.ts'
import type { EntryContext } from './entry-context.ts'
import { getHost } from './entry-rules.ts'
import type { Entry } from './entry-schema.ts'

/** The address of an entry's requests, and its keys there. */
export interface Address extends Pick<Target, 'provider' | 'apiBase' | 'messagesBase' | 'responsesBase'> {
  /** At least one. */
  readonly keys: readonly AddressKey[]
  /** Why other keys cannot be used, one sentence each. */
  readonly problems: readonly string[]
}

/** A key of an entry. */
export interface AddressKey {
  /** The variable that holds it, if the entry names several. */
  readonly variable?: string
  /** Undefined: the provider needs none. */
  readonly value: string | undefined
}

/** Finds the address of an entry. */
export const resolveAddress = (entry: Entry, context: EntryContext): Result<Address> => {
  const provider = getProvider(entry)
  const ownBase = entry.api_base ?? ''
  const own = context.getBase(ownBase)
  const preset = own.getPreset(provider)
  if (preset.problem !== undefined) return preset
  const { url } = ownBase ? own : context.getBase(getPresetBase(entry, preset.value) ?? '')
  if (url.problem !== undefined) return url
  const messages = resolveWireBase(entry, 'messages_base', context)
  if (messages.problem !== undefined) return messages
  const responses = resolveWireBase(entry, 'responses_base', context)
  if (responses.problem !== undefined) return responses
  const keys = resolveKeys(entry, preset.value, context)
  if (keys.problem !== undefined) return keys
  const apiBase = addApiVersion(url.value, entry.api_version)
  return { value: { provider, apiBase, messagesBase: messages.value, responsesBase: responses.value, ...keys.value } }
}

type WireField = 'messages_base' | 'responses_base'

/** The base of a wire that the provider speaks beside chat; `off` if the entry switches it off. */
const resolveWireBase = (entry: Entry, field: WireField, context: EntryContext): Result<string | undefined> => {
  const base = entry[field]
  if (base === undefined || base === 'off') return { value: base }
  const { url } = context.getBase(base)
  return url.problem === undefined ? url : { problem: url.problem.replace('api_base', field) }
}

/** The provider of an entry, in lower case. Default: `openai`. */
export const getProvider = (entry: Entry): string => (entry.provider ?? 'openai').toLowerCase()

/** The host that an entry's keys belong to; `''` if the entry names no address. */
export const getKeyHost = (entry: Entry, context: EntryContext): string => {
  const { api_base: base = '' } = entry
  const { value: preset } = context.getBase(base).getPreset(getProvider(entry))
  return getHost(base || ((preset && getPresetBase(entry, preset)) ?? ''))
}

/** Finds the keys of an entry: those in the variables it names, else its own key, else the first of its preset's
 *  variables that is set. An entry that has its own base and names no variable may go without a key. */
const resolveKeys = (entry: Entry, preset: Preset, context: EntryContext): Result<Keys> => {
  const { api_key_env: names, api_key: ownKey } = entry
  const named = names && resolveNamedKeys(names, context)
  if (named) return named
  if (ownKey !== undefined) return { value: toKeys(ownKey) }
  const found = names
    ? undefined
    : preset.keyVariables.map(context.getKey).find(({ value, problem }) => value ?? problem)
  if (found) return found.problem === undefined ? { value: toKeys(found.value) } : found
  const variables = names ?? preset.keyVariables
  const isNeeded = variables.length > 0 && (names !== undefined || !entry.api_base)
  return isNeeded ? { problem: createUnsetProblem(variables) } : { value: toKeys(undefined) }
}

type Keys = Pick<Address, 'keys' | 'problems'>

const toKeys = (value: string | undefined): Keys => ({ keys: [{ value }], problems: [] })

/** Finds the keys in the variables that an entry names. If some of several cannot be used, the others are. Returns
 *  undefined if none of the variables is set. */
const resolveNamedKeys = (names: readonly string[], { getNamedKey }: EntryContext): Result<Keys> | undefined => {
  const keys: AddressKey[] = []
  const problems: string[] = []
  const unset: string[] = []
  for (const variable of names) {
    const { value, problem } = getNamedKey(variable)
    if (problem !== undefined) problems.push(problem)
    else if (value === undefined) unset.push(variable)
    else keys.push(names.length > 1 ? { variable, value } : { value })
  }
  const [problem] = problems
  if (keys.length === 0) return problem === undefined ? undefined : { problem }
  return { value: { keys, problems: [...problems, ...unset.map((variable) => createUnsetProblem([variable]))] } }
}

const createUnsetProblem = (variables: readonly string[]): string =>
  `Its key is not set. Set the environment variable ${variables.join(' or ')}.`

/** The base for an entry that has none. Most entries call their provider `openai`, whichever vendor it is. So OpenAI's
 *  base is used only if the entry names the provider and has no key of another vendor: that key would go to OpenAI. */
const getPresetBase = (entry: Entry, preset: Preset): string | undefined => {
  const { api_key_env: names = [], api_key: key, provider } = entry
  if (provider === undefined) return undefined
  const isForeign = key !== undefined || names.some((name) => !preset.keyVariables.includes(name))
  return findPresetName(provider) === 'openai' && isForeign ? undefined : preset.apiBase
}

/** Azure's `api-version` is part of every URL below the base. */
const addApiVersion = (base: string, version: string | undefined): string =>
  version && !base.includes('?') ? `${base}?api-version=${encodeURIComponent(version)}` : base
