import { readServerVariables } from '../../../shared/gateway/config/variables/server-variables.ts'
import { isObject } from '../../../shared/runtime/json.ts'
import { type CloudFunction, getRoutes } from '../../functions.ts'
import type { Variables } from '../../variables/read-variables.ts'

/** A route of the HTTP access service, in the shape of the cloud API (manager-node 5.6.5, `HTTPServiceRouteParam`). */
export interface GatewayRoute {
  readonly Path: string
  readonly UpstreamResourceType: 'WEB_SCF'
  readonly UpstreamResourceName: string
  /** Always off: the gateway checks tokens itself and replies in OpenAI's error format. */
  readonly EnableAuth: boolean
  /** Whether the access service handles CORS by its list of safe domains. The functions must not do it as well:
   *  browsers reject a reply with two such headers. */
  readonly EnableSafeDomain: boolean
  /** Whether the function receives the whole path. */
  readonly EnablePathTransmission: boolean
  readonly Enable: boolean
  /** Highest rate, in requests per second. Without it the route keeps its present limits. */
  readonly QPSPolicy?: {
    readonly QPSTotal?: number
    readonly QPSPerClient?: { readonly LimitBy: 'ClientIP'; readonly LimitValue: number }
  }
}

/** Whether the functions handle CORS themselves. */
export const answersCors = (variables: Variables): boolean => {
  const { allowAll, origins } = readServerVariables(variables).cors
  return allowAll || origins.length > 0
}

/** The rate limits of the platform, for all callers of a path together and for each address. They apply before a
 *  function starts (CloudBase documentation, "HTTP access service: rate limits"). Users with one address share its
 *  limit. */
const createRatePolicy = ({ GATEWAY_QPS_TOTAL: total, GATEWAY_QPS_PER_CLIENT: perClient }: Variables) => {
  if (total === undefined && perClient === undefined) return {}
  return {
    QPSPolicy: {
      ...(total !== undefined && { QPSTotal: Number(total) }),
      ...(perClient !== undefined && {
        QPSPerClient: { LimitBy: 'ClientIP' as const, LimitValue: Number(perClient) },
      }),
    },
  }
}

/** A deployed route, as the cloud's API describes it. */
export type DeployedRoute = Readonly<Record<string, unknown>>

/** Creates the routes of the functions. A catch-all that leads to a function of the app is left out, so that its
 *  replies stay as they are. */
export const createGatewayRoutes = (
  functions: readonly CloudFunction[],
  variables: Variables,
  deployed: readonly DeployedRoute[],
): GatewayRoute[] => {
  const kept = findKeptRoutes(functions, deployed).map(({ Path }) => Path)
  return functions.flatMap((row) =>
    getRoutes(row)
      .filter((path) => !kept.includes(path))
      .map((Path) => ({
        Path,
        UpstreamResourceType: 'WEB_SCF' as const,
        UpstreamResourceName: row.name,
        EnableAuth: false,
        EnableSafeDomain: !answersCors(variables),
        EnablePathTransmission: true,
        Enable: true,
        ...createRatePolicy(variables),
      })),
  )
}

/** Finds the routes of the app whose path is a catch-all of the gateway. */
export const findKeptRoutes = (
  functions: readonly CloudFunction[],
  deployed: readonly DeployedRoute[],
): DeployedRoute[] =>
  deployed.filter(({ Path, UpstreamResourceName: name }) =>
    functions.some((row) => row.kind === 'HTTP' && row.catchAll === Path && row.name !== name),
  )

/** Lists the properties in which a deployed route differs from the wanted one. */
export const findRouteDifferences = (wanted: object, deployed: DeployedRoute): string[] =>
  Object.entries(wanted).flatMap(([property, value]: [string, unknown]) => {
    const found = deployed[property]
    if (isObject(value)) return findRouteDifferences(value, isObject(found) ? found : {})
    return found === value ? [] : [`${property}=${String(value)}`]
  })
