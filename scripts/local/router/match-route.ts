/** The target of requests below one path prefix. */
export interface Route<Target> {
  /** A prefix of whole path segments: `/v1/models` matches `/v1/models` and `/v1/models/x`, not `/v1/models-x`. */
  readonly path: string
  readonly target: Target
  /** Whether to pass the prefix on to the function. Default: it is stripped. */
  readonly pathTransmission?: boolean
}

/** The route of a request, and the request target that its function receives. */
export interface RouteMatch<Target> {
  readonly target: Target
  /** Path and query, byte for byte as the client sent them, without the prefix if that is stripped. */
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
