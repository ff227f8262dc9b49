import { GatewayError, misconfiguredError } from '../protocol/errors.ts'
import type { Route } from '../protocol/route.ts'
import type { ValidationOptions } from './entries/entry-context.ts'
import { type Rejection, validateMap } from './entries/validate-map.ts'
import type { LoadedMap, SourceName } from './sources/source.ts'

/** One version of the model map: immutable, so that a request keeps the one it began with. */
export interface Snapshot {
  readonly source: SourceName
  /** Digest of the content: instances that show the same version serve the same map. */
  readonly version: string
  /** Unix time of the load, in seconds. */
  readonly loadedAt: number
  readonly rejected: readonly Rejection[]
  /** Targets, keys and fallbacks of usable models that cannot be used. */
  readonly problems: readonly Rejection[]
  /** Field names of entries that the gateway does not use. */
  readonly unknownFields: readonly string[]
  /** Provider names that have no preset. */
  readonly unknownProviders: readonly string[]
  /** The names clients may use, in the order of the list. */
  readonly models: readonly string[]
  /** Those of them that only some users may use. */
  readonly restricted: readonly string[]
  /** Those of them that `GET /v1/models` does not show to any user. */
  readonly unlisted: readonly string[]
  /** Returns the provider of one of the models. */
  readonly getProvider: (model: string) => string
  /** Returns the route of a model.
   *  @throws model_not_found (404), gateway_misconfigured, config_unavailable (503) */
  readonly route: (model: string) => Route
}

/** Validates a loaded map and makes a snapshot of it. A list restricts the map to the names on it. Names on the list
 *  that have no entry in the map are left out, because no provider could serve them. */
export const createSnapshot = (
  loaded: LoadedMap,
  options: ValidationOptions,
  now: () => number = Date.now,
): Snapshot => {
  const validated = validateMap(loaded.entries, options)
  const { usable, unknownFields, unknownProviders, restricted, getProvider } = validated
  const rejected = [...loaded.rejected, ...validated.rejected]
  const listed = loaded.list?.length ? new Set(loaded.list.filter((model) => usable.has(model))) : undefined
  const models = [...(listed ?? usable).keys()]
  const isOffered = (model: string): boolean => listed?.has(model) ?? true
  return {
    source: loaded.source,
    version: loaded.version,
    loadedAt: Math.floor(now() / 1000),
    rejected,
    problems: validated.problems,
    unknownFields,
    unknownProviders,
    models,
    restricted: restricted.filter(isOffered),
    unlisted: validated.unlisted.filter(isOffered),
    getProvider,
    route: (model) => {
      const route = isOffered(model) ? validated.route(model) : undefined
      if (!route)
        throw missingModelError(model, {
          offered: models.length,
          rejected,
          isListed: isOffered(model) || !usable.has(model),
        })
      return route
    },
  }
}

interface MissingModelContext {
  /** The number of models on offer. */
  readonly offered: number
  readonly rejected: readonly Rejection[]
  /** `false`: the model map has the model, but the model list does not. */
  readonly isListed: boolean
}

/** The error of a call for a model that is not offered. The log names the reason if only the list lacks the model.
 *  @returns model_not_found (404), gateway_misconfigured, config_unavailable (503) */
const missingModelError = (model: string, { offered, rejected, isListed }: MissingModelContext): GatewayError => {
  if (rejected.some((entry) => entry.model === model)) {
    const headers = { 'x-should-retry': 'false' }
    return misconfiguredError(`The model '${model}' is not set up correctly.`, { param: 'model', headers })
  }
  if (offered === 0) {
    const message = "No model is set up. The gateway's operator must fill the model map."
    return new GatewayError(503, 'config_unavailable', message)
  }
  const shown = model.length > 128 ? `${model.slice(0, 128)}…` : model
  const message = `The model '${shown}' does not exist or is disabled. GET /v1/models lists the ones you can use.`
  return new GatewayError(404, 'model_not_found', message, {
    param: 'model',
    ...(isListed ? {} : { log: { reason: 'not_listed' } }),
  })
}
