import type { Route } from '../../protocol/route.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { memoize } from '../../runtime/memoize.ts'
import { createEntryContext, type EntryContext, type ValidationOptions } from './entry-context.ts'
import { type Entry, parseEntry } from './entry-schema.ts'
import { findNameProblem, toPrintableName } from './model-name.ts'
import { getProvider, resolveTarget, toRoute } from './resolve-route.ts'

/** The entries of a model map as their source spells them, by the models' names. */
export type Entries = ReadonlyMap<string, JsonObject>

/** An entry that cannot become a route: the model's name, and a sentence that says what to change. */
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
  readonly rejected: readonly Rejection[]
  /** Field names that the gateway does not use. */
  readonly unknownFields: readonly string[]
  /** Provider names of usable entries that have no preset. They are taken to speak OpenAI's API. */
  readonly unknownProviders: readonly string[]
}

/** Validates each entry of a model map by itself: a bad one is rejected by name, the others stay usable. A route is
 *  made when it is first used, because most of ten thousand never are
 *  (docs/decisions/0025-first-load-of-a-long-map.md). */
export const validateMap = (entries: Entries, options: ValidationOptions): ValidatedMap => {
  const problems = new Map<string, string>()
  const restricted: string[] = []
  const unknown = { fields: new Set<string>(), providers: new Set<string>() }
  const context = createEntryContext(options)
  const findEntryProblem = createEntryCheck(context, unknown)
  entries.forEach((fields, model) => {
    if (typeof fields['api_key'] === 'string') options.learnKey?.(fields['api_key'].trim())
    const problem = findNameProblem(model) ?? findEntryProblem(fields)
    if (problem !== undefined) problems.set(model, problem)
    else if (fields['allowed_groups']) restricted.push(model)
  })
  const usable = problems.size === 0 ? entries : new Map([...entries].filter(([model]) => !problems.has(model)))
  const readEntry = (model: string): Entry => parseEntry(usable.get(model) ?? {}, unknown.fields).value ?? {}
  const makeRoute = memoize((model): Route | undefined => {
    const entry = readEntry(model)
    const { value: target } = resolveTarget(entry, context)
    return target && toRoute(target, model, entry)
  })
  return {
    usable,
    route: (model) => (usable.has(model) ? makeRoute(model) : undefined),
    getProvider: (model) => getProvider(readEntry(model)),
    restricted,
    rejected: [...problems].map(([model, reason]) => ({ model: toPrintableName(model), reason })),
    unknownFields: [...unknown.fields],
    unknownProviders: [...unknown.providers],
  }
}

/** The names in a map that the gateway does not know. */
interface UnknownNames {
  readonly fields: Set<string>
  readonly providers: Set<string>
}

/** Creates a function that returns why an entry cannot be used; undefined if it can. In a long map, most entries differ
 *  from the one before them in their name only. So an entry with the same fields gets the same result without another
 *  check. */
const createEntryCheck = (context: EntryContext, unknown: UnknownNames) => {
  let previous: JsonObject | undefined
  let problem: string | undefined
  return (fields: JsonObject): string | undefined => {
    if (!previous || !hasSameFields(fields, previous)) problem = findProblem(fields, context, unknown)
    previous = fields
    return problem
  }
}

const findProblem = (fields: JsonObject, context: EntryContext, unknown: UnknownNames): string | undefined => {
  const entry = parseEntry(fields, unknown.fields)
  const target = entry.problem === undefined ? resolveTarget(entry.value, context) : entry
  if (target.problem !== undefined) return target.problem
  if (!context.hasPreset(target.value.provider)) unknown.providers.add(target.value.provider)
  return undefined
}

const hasSameFields = (one: JsonObject, other: JsonObject): boolean => {
  for (const name in one) if (one[name] !== other[name]) return false
  for (const name in other) if (!(name in one)) return false
  return true
}
