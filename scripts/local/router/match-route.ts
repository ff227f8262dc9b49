/** Where requests of one path prefix go. */
export interface Route<Target> {
  /** Prefix of whole path segments: `/v1/models` takes `/v1/models` and `/v1/models/x`, not `/v1/models-x`. */
  readonly path: string
  readonly target: Target
  /** Pass the prefix on to the function instead of stripping it. Default: stripped. */
  readonly pathTransmission?: boolean
}

/** A route found for a request, and the request target that its function sees. */
export interface RouteMatch<Target> {
  readonly target: Target
  /** Path and query, byte for byte as the client sent them, less the prefix where it is stripped. */
  readonly requestTarget: string
}

/**
 * Finds the route of a raw request target (`/v1/models/a%2Fb?x=1`): by whole segments, the longest prefix wins.
 * Nothing is decoded or normalised. Source: CloudBase docs, "HTTP 访问服务 – 路由".
 */
export const matchRoute = <Target>(
  routes: readonly Route<Target>[],
  requestTarget: string,
): RouteMatch<Target> | undefined => {
  const queryAt = requestTarget.indexOf('?')
  const path = queryAt < 0 ? requestTarget : requestTarget.slice(0, queryAt)
  const query = queryAt < 0 ? '' : requestTarget.slice(queryAt)
  const [best] = routes
    .filter((route) => path === route.path || path.startsWith(`${getPrefix(route)}/`))
    .sort((one, other) => other.path.length - one.path.length)
  if (!best) return undefined
  if (best.pathTransmission) return { target: best.target, requestTarget }
  return { target: best.target, requestTarget: `${path.slice(getPrefix(best).length) || '/'}${query}` }
}

const getPrefix = (route: { readonly path: string }): string => (route.path === '/' ? '' : route.path)
