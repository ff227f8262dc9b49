import type { IncomingHttpHeaders } from 'node:http'

/** Which origins may read replies. */
export interface CorsOptions {
  /** Whether all origins are allowed, with `*`. Credentials are never allowed: the token is in a header. */
  readonly allowAll: boolean
  /** The exact origins that are allowed, such as `https://app.example.com`. */
  readonly origins: readonly string[]
}

/** No page of another origin may read the reply. */
export const noCors: CorsOptions = { allowAll: false, origins: [] }

/** The headers of a reply that a page may read, beside those that each page can. */
const exposedHeaders = [
  ...['x-request-id', 'retry-after', 'retry-after-ms', 'x-should-retry', 'x-quota', 'x-ai-generated'],
  ...['x-points-charged', 'x-points-balance'],
  ...['limit', 'remaining', 'reset'].flatMap((name) => [`x-ratelimit-${name}-requests`, `x-ratelimit-${name}-tokens`]),
].join(', ')

/** Returns the CORS headers of a reply (Fetch Standard, "CORS protocol"). An origin that is not allowed gets none. */
export const getCorsHeaders = (options: CorsOptions, headers: IncomingHttpHeaders): Record<string, string> => {
  const { origin } = headers
  if (options.allowAll) return { 'access-control-allow-origin': '*', 'access-control-expose-headers': exposedHeaders }
  if (options.origins.length === 0) return {}
  if (origin === undefined || !options.origins.includes(origin)) return { vary: 'origin' }
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposedHeaders, vary: 'origin' }
}

/** Returns the other headers of the reply to a preflight. An origin that is not allowed gets none. The requested
 *  headers are echoed, because for browsers `*` does not include `authorization`, and client libraries send many
 *  headers of their own (`x-stainless-*`). */
export const getPreflightHeaders = (
  options: CorsOptions,
  headers: IncomingHttpHeaders,
  method: string,
): Record<string, string> => {
  if (!('access-control-allow-origin' in getCorsHeaders(options, headers))) return {}
  const requested = headers['access-control-request-headers'] ?? ''
  return {
    'access-control-allow-methods': `${method}, OPTIONS`,
    'access-control-allow-headers': isHeaderNameList(requested) ? requested : 'authorization, content-type',
    'access-control-max-age': '7200',
  }
}

/** Whether text is a list of header names, short enough to echo: the platform allows 4 KB for all headers of a reply
 *  (SCF documentation 583/56124). */
const isHeaderNameList = (text: string): boolean => /^[\w-]+( ?, ?[\w-]+)*$/.test(text) && text.length <= 2048
