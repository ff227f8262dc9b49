import type { CallerCaps, Route, Target } from '../../protocol/route.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { memoize } from '../../runtime/memoize.ts'
import type { Result } from '../../runtime/result.ts'
import { createEntryContext, type EntryContext, type ValidationOptions } from './entry-context.ts'
import { type Entry, parseEntry, readTargetList } from './entry-schema.ts'
import { followFallbacks } from './fallbacks.ts'
import { findNameProblem, toPrintableName } from './model-name.ts'
import { getProvider } from './resolve-address.ts'
import { type EntryTargets, readPrices, resolveTargets } from './resolve-targets.ts'

/** The entries of a model map as their source spells them, by the models' names. */
export type Entries = ReadonlyMap<string, JsonObject>

/** An entry that cannot become a route: the model's name, and a sentence with the remedy. */
export interface Rejection {
  readonly model: string
  readonly reason: string
}

/** A validated model map. */
export interface ValidatedMap {
  /** The usable entries. */
  readonly usable: Entries
  /** Returns the route of a usable entry, the same at each call; undefined for any other name. */
  readonly route: (model: string) => Route | undefined
  /** Returns the provider of a usable entry. */
  readonly getProvider: (model: string) => string
  /** Names of the usable entries that have `allowed_groups`. */
  readonly restricted: readonly string[]
  /** Names of the usable entries that are not listed. */
  readonly unlisted: readonly string[]
  readonly rejected: readonly Rejection[]
  /** Targets, keys and fallbacks of usable entries that cannot be used. */
  readonly problems: readonly Rejection[]
  /** Field names that the gateway does not use. */
  readonly unknownFields: readonly string[]
  /** Provider names of usable entries that have no preset. They are taken to speak OpenAI's API. */
  readonly unknownProviders: readonly string[]
}

/** Validates each entry of a model map by itself: a bad one is rejected by name, the others stay usable. A route is
 *  made when it is first used, because most of ten thousand never are
 *  (docs/decisions/0025-first-load-of-a-long-map.md). */
export const validateMap = (entries: Entries, options: ValidationOptions): ValidatedMap => {
  const rejections = new Map<string, string>()
  const problems: Rejection[] = []
  const restricted: string[] = []
  const unknown = { fields: new Set<string>(), providers: new Set<string>() }
  const context = createEntryContext(options)
  const checkEntry = createEntryCheck(context, unknown)
  entries.forEach((fields, model) => {
    learnKeys(fields, options)
    const nameProblem = findNameProblem(model)
    const { problem, value } = nameProblem === undefined ? checkEntry(fields) : { problem: nameProblem }
    if (problem !== undefined) rejections.set(model, problem)
    else if (fields['allowed_groups']) restricted.push(model)
    for (const reason of value ?? []) problems.push({ model: toPrintableName(model), reason })
  })
  const usable = rejections.size === 0 ? entries : new Map([...entries].filter(([model]) => !rejections.has(model)))
  const readEntry = (model: string): Entry => parseEntry(usable.get(model) ?? {}, unknown.fields).value ?? {}
  const getFallbacks = (model: string) => (usable.has(model) ? (readEntry(model).fallbacks ?? []) : undefined)
  for (const model of getNamesWith('fallbacks', usable))
    for (const reason of followFallbacks(model, getFallbacks).problems)
      problems.push({ model: toPrintableName(model), reason })
  const getTargets = memoize(
    (model) => resolveTargets({ model, entry: readEntry(model) }, context, unknown.fields).value?.targets,
  )
  const makeRoute = memoize((model): Route | undefined => {
    const targets = getTargets(model)
    const fallbacks = followFallbacks(model, getFallbacks).models
    return targets && toRoute(model, readEntry(model), [targets, ...fallbacks.map((name) => getTargets(name) ?? [])])
  })
  return {
    usable,
    route: (model) => (usable.has(model) ? makeRoute(model) : undefined),
    getProvider: (model) => getProvider(readEntry(model)),
    restricted,
    unlisted: getNamesWith('listed', usable).filter((model) => readEntry(model).listed === false),
    rejected: [...rejections].map(([model, reason]) => ({ model: toPrintableName(model), reason })),
    problems,
    unknownFields: [...unknown.fields],
    unknownProviders: [...unknown.providers],
  }
}

/** The names of the entries that have a field, so that the others need not be read. */
const getNamesWith = (field: keyof Entry, entries: Entries): string[] => {
  const names: string[] = []
  entries.forEach((fields, model) => {
    if (fields[field] !== undefined && fields[field] !== null) names.push(model)
  })
  return names
}

/** Reports the keys that an entry itself holds. */
const learnKeys = (fields: JsonObject, { learnKey }: ValidationOptions): void => {
  if (!learnKey) return
  const targets = fields['targets'] ? (readTargetList(fields['targets']) ?? []) : []
  for (const { api_key: key } of [fields, ...targets]) if (typeof key === 'string') learnKey(key.trim())
}

/** Makes the route of an entry from its own targets and those of each fallback. The entry decides who may call it, what
 *  the user pays, what callers may send, and how many tokens a reply may have, whichever target responds. */
const toRoute = (
  model: string,
  entry: Entry,
  [own, ...fallbacks]: readonly [EntryTargets['targets'], ...(readonly Target[])[]],
): Route => {
  const others = fallbacks.flatMap((targets, index) =>
    targets.map((target) => ({ ...target, tier: index + 1, maxTokens: getLower(entry.max_tokens, target.maxTokens) })),
  )
  const { allowed_groups: allowedGroups, moderation } = entry
  const callerCaps = readCallerCaps(entry)
  return { model, allowedGroups, callerCaps, moderation, prices: readPrices(entry), targets: [...own, ...others] }
}

const readCallerCaps = (entry: Entry): CallerCaps | undefined => {
  const { system_prompt: systemPrompt, client_system: clientSystem = 'keep' } = entry
  const { allowed_params: allowedParams, max_prompt_tokens: maxPromptTokens } = entry
  const hasCaps = clientSystem !== 'keep' || (systemPrompt ?? allowedParams ?? maxPromptTokens) !== undefined
  return hasCaps ? { systemPrompt, clientSystem, allowedParams, maxPromptTokens } : undefined
}

const getLower = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)

/** The unknown names in a map. */
interface UnknownNames {
  readonly fields: Set<string>
  readonly providers: Set<string>
}

/** Creates a function that returns what of an entry cannot be used, or why the whole entry cannot. In a long map, most
 *  entries differ from the one before them in their name only. So an entry with the same fields gets the same result
 *  without another check. */
const createEntryCheck = (context: EntryContext, unknown: UnknownNames) => {
  let previous: JsonObject | undefined
  let result: Result<readonly string[]> = { value: [] }
  return (fields: JsonObject): Result<readonly string[]> => {
    if (!previous || !hasSameFields(fields, previous)) result = check(fields, context, unknown)
    previous = fields
    return result
  }
}

const check = (fields: JsonObject, context: EntryContext, unknown: UnknownNames): Result<readonly string[]> => {
  const entry = parseEntry(fields, unknown.fields)
  if (entry.problem !== undefined) return entry
  const resolved = resolveTargets({ model: '', entry: entry.value }, context, unknown.fields)
  if (resolved.problem !== undefined) return resolved
  for (const { provider } of resolved.value.targets) if (!context.hasPreset(provider)) unknown.providers.add(provider)
  return { value: resolved.value.problems }
}

const hasSameFields = (one: JsonObject, other: JsonObject): boolean => {
  for (const name in one) if (one[name] !== other[name]) return false
  for (const name in other) if (!(name in one)) return false
  return true
}
