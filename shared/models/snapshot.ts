import { createHash } from 'node:crypto'
import { GatewayError } from '../protocol/errors.ts'
import { modelList, modelObject } from '../protocol/model-list.ts'
import type { Route } from '../protocol/route.ts'
import { type Rejection, type RouteOptions, routesOf } from './model-map.ts'
import type { LoadedMap, SourceName } from './source.ts'

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
  /** The body of `GET /v1/models`, serialised once. */
  readonly listBody: Buffer
  /** The route of a model.
   *  @throws model_not_found (404), gateway_misconfigured, config_unavailable (503) */
  readonly route: (model: string) => Route
}

/** Validates a loaded map and makes a snapshot of it. A list restricts the map to the names on it; listed names that the map
 *  does not hold are left out, because nothing could answer them. */
export const snapshotOf = (loaded: LoadedMap, options: RouteOptions, now: () => number = Date.now): Snapshot => {
  const { routes, rejected: unusable, unknownFields, unknownProviders } = routesOf(loaded.entries, options)
  const rejected = [...loaded.rejected, ...unusable]
  const byName = new Map(routes.map((route) => [route.model, route]))
  const offered = loaded.list?.length ? new Map(loaded.list.flatMap((model) => entryOf(byName, model))) : byName
  return {
    source: loaded.source,
    version: digestOf(loaded),
    loadedAt: Math.floor(now() / 1000),
    rejected,
    unknownFields,
    unknownProviders,
    models: [...offered.keys()],
    listBody: Buffer.from(
      JSON.stringify(modelList([...offered.values()].map((route) => modelObject(route.model, route.provider)))),
    ),
    route: (model) => offered.get(model) ?? refuse(model, { offered: offered.size, rejected }),
  }
}

/** 48 bits tell versions apart and give nothing away of the keys among the content. */
const digestOf = ({ entries, rejected, list }: LoadedMap): string =>
  createHash('sha256')
    .update(JSON.stringify([entries, rejected, list]))
    .digest('hex')
    .slice(0, 12)

const entryOf = (routes: ReadonlyMap<string, Route>, model: string): [string, Route][] => {
  const route = routes.get(model)
  return route ? [[model, route]] : []
}

const refuse = (model: string, { offered, rejected }: { offered: number; rejected: readonly Rejection[] }): never => {
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
