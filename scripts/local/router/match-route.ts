/** The target of requests below one path prefix. */
export interface Route<Target> {
  /** A prefix of whole path segments: `/v1/models` matches `/v1/models` and `/v1//models/x`, not `/v1/models-x`. */
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
 * Doubled slashes count as one, as in the functions (`shared/http/path.ts`). Nothing is decoded or normalised.
 * Source: CloudBase docs, "HTTP 访问服务 – 路由".
 */
export const matchRoute = <Target>(
  routes: readonly Route<Target>[],
  requestTarget: string,
): RouteMatch<Target> | undefined => {
  const queryAt = requestTarget.indexOf('?')
  const path = queryAt < 0 ? requestTarget : requestTarget.slice(0, queryAt)
  const query = queryAt < 0 ? '' : requestTarget.slice(queryAt)
  const [best] = routes
    .map((route) => ({ route, prefix: toPattern(route.path).exec(path)?.[0] }))
    .filter(({ prefix }) => prefix !== undefined)
    .sort((one, other) => other.route.path.length - one.route.path.length)
  if (!best) return undefined
  const { target, pathTransmission } = best.route
  if (pathTransmission) return { target, requestTarget }
  return { target, requestTarget: `${path.slice(best.prefix?.length) || '/'}${query}` }
}

/** Creates the pattern of a prefix. It matches the prefix as the client has written it. */
const toPattern = (prefix: string): RegExp => {
  const segments = prefix.split('/').filter((segment) => segment !== '')
  return new RegExp(`^${segments.map((segment) => `/+${segment.replace(/\W/g, '\\$&')}`).join('')}(?=/|$)`)
}
