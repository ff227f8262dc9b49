import type { Target } from '../../protocol/route.ts'
import type { JsonObject } from '../../runtime/json.ts'
import type { Result } from '../../runtime/result.ts'
import type { EntryContext } from './entry-context.ts'
import { getHost } from './entry-rules.ts'
import { type Entry, parseEntry } from './entry-schema.ts'
import { type Address, getKeyHost, getProvider, resolveAddress } from './resolve-address.ts'

/** The targets of an entry. */
export interface EntryTargets {
  /** At least one: the entry is rejected otherwise. */
  readonly targets: readonly [Target, ...Target[]]
  /** Why other targets and keys of the entry cannot be used, one sentence each. */
  readonly problems: readonly string[]
}

/** Fields that hold for a model as a whole, whichever target responds. */
const entryOnlyFields = [
  ...['targets', 'fallbacks', 'listed', 'allowed_groups'],
  ...['system_prompt', 'client_system', 'allowed_params', 'max_prompt_tokens', 'moderation'],
] as const satisfies readonly (keyof Entry)[]

/** Finds the targets of an entry: those it lists, or else itself. A target that cannot be used is left out.
 *  @param unknown receives the unknown field names
 *  @returns the problem of the first target if none can be used */
export const resolveTargets = (
  { model, entry }: { readonly model: string; readonly entry: Entry },
  context: EntryContext,
  unknown: Set<string>,
): Result<EntryTargets> => {
  const listed = entry.targets?.length ? entry.targets : undefined
  const targets: Target[] = []
  const problems: string[] = []
  const keyHost = listed ? getKeyHost(entry, context) : ''
  const addTarget = (own: Result<Entry>, name: string, group: number): void => {
    const address = own.problem === undefined ? resolveAddress(own.value, context) : own
    if (own.value && address.value) {
      targets.push(...toTargets(own.value, address.value, { model, name, group }))
      problems.push(...address.value.problems)
    } else problems.push(listed ? `Target ${group + 1}: ${address.problem}` : `${address.problem}`)
  }
  if (!listed) addTarget({ value: entry }, model, 0)
  for (const [group, fields] of (listed ?? []).entries()) {
    const own = readTarget(entry, fields, { keyHost, unknown })
    if (own.value?.enabled !== false) addTarget(own, `${model}/${group + 1}`, group)
  }
  const [first, ...others] = targets
  return first ? { value: { targets: [first, ...others], problems } } : { problem: problems[0] ?? allOff }
}

const allOff = 'All of its targets are switched off. Switch one on, or switch the model off.'

interface ReadTargetOptions {
  /** The result of {@link getKeyHost}. */
  readonly keyHost: string
  readonly unknown: Set<string>
}

/** Reads an object of `targets`. It takes missing fields from the entry. A target of another provider or at another
 *  host takes no address and no key from it, because the key must not go to another vendor. */
const readTarget = (entry: Entry, fields: JsonObject, { keyHost, unknown }: ReadTargetOptions): Result<Entry> => {
  const parsed = parseEntry(fields, unknown)
  if (parsed.problem !== undefined) return parsed
  const own = parsed.value
  const misplaced = entryOnlyFields.find((name) => own[name] !== undefined)
  if (misplaced) return { problem: `Its ${misplaced} must be in the entry, because it holds for the whole model.` }
  const { enabled: _, ...shared } = entry
  for (const name of entryOnlyFields) delete shared[name]
  const isOther = own.provider !== undefined && getProvider(own) !== getProvider(entry)
  const isElsewhere = own.api_base !== undefined && keyHost !== '' && getHost(own.api_base) !== keyHost
  if (isOther || isElsewhere) {
    for (const name of placeFields) delete shared[name]
  } else if (own.api_key !== undefined || own.api_key_env !== undefined) {
    delete shared.api_key
    delete shared.api_key_env
  }
  return { value: { ...shared, ...own } }
}

/** Fields that choose the address and the key of requests. */
const placeFields = ['api_base', 'api_version', 'messages_base', 'responses_base', 'api_key', 'api_key_env'] as const

interface TargetPlace {
  readonly model: string
  readonly name: string
  readonly group: number
}

/** The most characters of a target's name. It is a column of the usage records. */
const maxTargetName = 255

/** Makes the targets of one address: one for each key. */
const toTargets = (
  entry: Entry,
  { provider, apiBase, messagesBase, responsesBase, keys }: Address,
  { model, name, group }: TargetPlace,
): Target[] =>
  keys.map(({ variable, value: apiKey }) => ({
    name: (variable === undefined ? name : `${name}/${variable}`).slice(0, maxTargetName),
    tier: 0,
    group,
    weight: entry.weight ?? 1,
    maxConcurrency: entry.max_concurrency,
    switchOn: entry.switch_on ?? [],
    provider,
    apiBase,
    messagesBase,
    responsesBase,
    apiKey,
    upstreamModel: entry.upstream_model ?? model,
    completionsMode: entry.completions_mode ?? 'auto',
    streamUsage: entry.stream_usage ?? 'auto',
    thinking: entry.thinking ?? 'auto',
    jsonSchema: entry.json_schema ?? 'native',
    defaultParams: entry.default_params ?? {},
    dropParams: entry.drop_params ?? [],
    maxTokens: entry.max_tokens,
    maxBatch: entry.max_batch,
    prices: readPrices(entry),
  }))

/** The prices of an entry; undefined if it has neither an input nor an output price. */
export const readPrices = (entry: Entry): Target['prices'] => {
  const { input_price_per_1m: input, output_price_per_1m: output } = entry
  if (!input && !output) return undefined
  const { cache_price_per_1m: cache, search_price_per_1k: search } = entry
  return { input: input ?? '0', output: output ?? '0', cache, search }
}
