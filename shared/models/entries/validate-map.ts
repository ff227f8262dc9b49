import type { Route } from '../../protocol/route.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { memoize } from '../../runtime/memoize.ts'
import { createEntryContext, type EntryContext, type RouteOptions } from './entry-context.ts'
import { type Entry, parseEntry } from './entry-schema.ts'
import { getProvider, resolveTarget, toRoute } from './resolve-route.ts'

/** The entries of a model map as their source spells them, by the models' names. */
export type Entries = ReadonlyMap<string, JsonObject>

/** An entry that could not become a route: the model's name and what to change. */
export interface Rejection {
  readonly model: string
  readonly reason: string
}

/** A model map, judged. */
export interface ValidatedMap {
  /** The usable entries. */
  readonly usable: Entries
  /** The route of a usable entry, made when it is first asked for; undefined for any other name. */
  readonly route: (model: string) => Route | undefined
  readonly providerOf: (model: string) => string
  /** Names of the usable entries that say which groups they are for. */
  readonly restricted: readonly string[]
  readonly rejected: readonly Rejection[]
  /** Fields that mean nothing to the gateway. */
  readonly unknownFields: readonly string[]
  /** Provider names of usable entries that no preset has; their API is taken to be OpenAI's. */
  readonly unknownProviders: readonly string[]
}

/** Judges a model map. Each entry stands by itself: one that is unusable is rejected by name, the others live. Routes wait until
 *  they are used: most of ten thousand never are (docs/decisions/0021-models-by-the-thousand.md). */
export const validateMap = (entries: Entries, options: RouteOptions): ValidatedMap => {
  const problems = new Map<string, string>()
  const restricted: string[] = []
  const unknownFields = new Set<string>()
  const unknownProviders = new Set<string>()
  const judgements = createEntryContext(options)
  const problemOf = createEntryCheck({ unknownFields, unknownProviders }, judgements)
  entries.forEach((fields, model) => {
    if (typeof fields['api_key'] === 'string') options.learnKey?.(fields['api_key'].trim())
    const problem = checkName(model) ?? problemOf(fields)
    if (problem) problems.set(model, problem)
    else if (fields['allowed_groups']) restricted.push(model)
  })
  const usable = problems.size === 0 ? entries : new Map([...entries].filter(([model]) => !problems.has(model)))
  const entryOf = (model: string): Entry => {
    const entry = parseEntry(usable.get(model) ?? {}, unknownFields)
    return typeof entry === 'string' ? {} : entry
  }
  const routeOf = memoize((model): Route | undefined => {
    const entry = entryOf(model)
    const target = resolveTarget(entry, judgements)
    return typeof target === 'string' ? undefined : toRoute(target, model, entry)
  })
  return {
    usable,
    route: (model) => (usable.has(model) ? routeOf(model) : undefined),
    providerOf: (model) => getProvider(entryOf(model)),
    restricted,
    rejected: [...problems].map(([model, reason]) => ({ model: toPrintableName(model), reason })),
    unknownFields: [...unknownFields],
    unknownProviders: [...unknownProviders],
  }
}

/** Makes a function that tells why an entry cannot be used. Most of a long map differs from its neighbour in nothing but the name:
 *  what says the same is judged once. */
const createEntryCheck = (
  { unknownFields, unknownProviders }: { unknownFields: Set<string>; unknownProviders: Set<string> },
  judgements: EntryContext,
): ((fields: JsonObject) => string | undefined) => {
  let last: JsonObject | undefined
  let lastProblem: string | undefined
  return (fields) => {
    if (!last || !hasSameFields(fields, last)) {
      const entry = parseEntry(fields, unknownFields)
      const target = typeof entry === 'string' ? entry : resolveTarget(entry, judgements)
      lastProblem = typeof target === 'string' ? target : undefined
      if (typeof target !== 'string' && !judgements.isPreset(target.provider)) unknownProviders.add(target.provider)
    }
    last = fields
    return lastProblem
  }
}

const hasSameFields = (one: JsonObject, other: JsonObject): boolean => {
  for (const name in one) if (one[name] !== other[name]) return false
  for (const name in other) if (!(name in one)) return false
  return true
}

/** The longest name the original's table can hold. */
const maxNameLength = 128

/** What needs no further look. */
const plainName = /^[!-~]{1,128}$/

/** Made once: the bundler would have it made with each use. */
const controlCharacters = /\p{Cc}/gu

const checkName = (model: string): string | undefined => {
  if (plainName.test(model)) return undefined
  if (model.trim() === '') return 'It has no name. Set model_name to the name clients shall use.'
  if (model !== model.trim()) return 'Its name begins or ends with a blank. Remove it.'
  if (model.length > maxNameLength) return `Its name is longer than ${maxNameLength} characters.`
  return model.search(controlCharacters) >= 0 ? 'Its name holds line breaks or control characters.' : undefined
}

/** A model's name as logs and reports can show it. */
export const toPrintableName = (model: string): string =>
  model.slice(0, maxNameLength).replace(controlCharacters, ' ').trim()
