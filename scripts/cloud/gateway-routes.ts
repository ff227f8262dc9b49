import { isTrue } from '../../shared/gateway/edge.ts'
import type { CloudFunction } from '../functions.ts'
import type { Variables } from './variables.ts'

/** A route of the HTTP access service, in the cloud's own words (manager-node 5.6.5, `HTTPServiceRouteParam`). */
export interface GatewayRoute {
  readonly Path: string
  readonly UpstreamResourceType: 'WEB_SCF'
  readonly UpstreamResourceName: string
  /** Always off: the gateway checks tokens itself and answers in OpenAI's shape. */
  readonly EnableAuth: boolean
  /** Whether the access service handles CORS, by its list of safe domains. Never both: two headers are none to a browser. */
  readonly EnableSafeDomain: boolean
  /** Whether the function sees the whole path. */
  readonly EnablePathTransmission: boolean
  readonly Enable: boolean
}

/** Whether the functions answer CORS themselves. */
export const answersCors = (variables: Variables): boolean =>
  variables['CORS_ORIGINS'] !== undefined || isTrue(variables['CORS_ALLOW_ALL'])

/** The routes that lead to the functions. */
export const gatewayRoutes = (functions: readonly CloudFunction[], variables: Variables): GatewayRoute[] =>
  functions.flatMap((row) =>
    row.kind === 'Event'
      ? []
      : row.routes.map((Path) => ({
          Path,
          UpstreamResourceType: 'WEB_SCF' as const,
          UpstreamResourceName: row.name,
          EnableAuth: false,
          EnableSafeDomain: !answersCors(variables),
          EnablePathTransmission: true,
          Enable: true,
        })),
  )

/** The properties in which a deployed route differs from the wanted one; empty: none. */
export const routeDifferences = (wanted: GatewayRoute, deployed: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(wanted)
    .filter(([property, value]) => deployed[property] !== value)
    .map(([property, value]) => `${property}=${String(value)}`)
