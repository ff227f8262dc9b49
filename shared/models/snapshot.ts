import { GatewayError } from '../protocol/errors.ts'
import type { Route } from '../protocol/route.ts'
import type { RouteOptions } from './entries/entry-context.ts'
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
  /** Fields of entries that mean nothing to the gateway. */
  readonly unknownFields: readonly string[]
  /** Provider names that no preset has. */
  readonly unknownProviders: readonly string[]
  /** The names clients may use, in the order of the list. */
  readonly models: readonly string[]
  /** Those of them that only some users may use. */
  readonly restricted: readonly string[]
  /** The provider of one of the models. */
  readonly providerOf: (model: string) => string
  /** The route of a model.
   *  @throws model_not_found (404), gateway_misconfigured, config_unavailable (503) */
  readonly route: (model: string) => Route
}

/** Judges a loaded map and makes a snapshot of it. A list restricts the map to the names on it; listed names that the map
 *  does not hold are left out, because nothing could answer them. */
export const createSnapshot = (loaded: LoadedMap, options: RouteOptions, now: () => number = Date.now): Snapshot => {
  const judged = validateMap(loaded.entries, options)
  const rejected = [...loaded.rejected, ...judged.rejected]
  const listed = loaded.list?.length ? new Set(loaded.list.filter((model) => judged.usable.has(model))) : undefined
  const models = [...(listed ?? judged.usable).keys()]
  const isOffered = (model: string): boolean => listed?.has(model) ?? true
  return {
    source: loaded.source,
    version: loaded.version,
    loadedAt: Math.floor(now() / 1000),
    rejected,
    unknownFields: judged.unknownFields,
    unknownProviders: judged.unknownProviders,
    models,
    restricted: judged.restricted.filter(isOffered),
    providerOf: judged.providerOf,
    route: (model) =>
      (isOffered(model) && judged.route(model)) || throwUnknownModel(model, { offered: models.length, rejected }),
  }
}

const throwUnknownModel = (
  model: string,
  { offered, rejected }: { offered: number; rejected: readonly Rejection[] },
): never => {
  if (rejected.some((entry) => entry.model === model)) {
    throw new GatewayError(
      503,
      'gateway_misconfigured',
      `The model '${model}' is not set up correctly. The gateway's operator finds the reason in its log.`,
      {
        param: 'model',
        headers: { 'x-should-retry': 'false' },
      },
    )
  }
  if (offered === 0) {
    throw new GatewayError(
      503,
      'config_unavailable',
      "No model is set up. The gateway's operator must fill the model map.",
    )
  }
  const shown = model.length > 128 ? `${model.slice(0, 128)}…` : model
  throw new GatewayError(
    404,
    'model_not_found',
    `The model '${shown}' does not exist or is disabled. GET /v1/models lists the ones you can use.`,
    {
      param: 'model',
    },
  )
}
