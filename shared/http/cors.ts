import type { IncomingHttpHeaders } from 'node:http'

export interface CorsOptions {
  /** Answer every origin with `*`. Credentials are never allowed: the token travels in a header. */
  readonly allowAll: boolean
  /** Exact origins allowed, such as `https://app.example.com`. */
  readonly origins: readonly string[]
}

/** No page of any origin may read the reply. */
export const noCors: CorsOptions = { allowAll: false, origins: [] }

const exposedHeaders = [
  'x-request-id, retry-after, retry-after-ms, x-should-retry',
  ...['limit', 'remaining', 'reset'].flatMap((what) => [`x-ratelimit-${what}-requests`, `x-ratelimit-${what}-tokens`]),
].join(', ')

/** The CORS headers of a reply (Fetch Standard, "CORS protocol"): none for an origin that is not allowed. */
export const getCorsHeaders = (options: CorsOptions, headers: IncomingHttpHeaders): Record<string, string> => {
  const { origin } = headers
  if (options.allowAll) return { 'access-control-allow-origin': '*', 'access-control-expose-headers': exposedHeaders }
  if (options.origins.length === 0) return {}
  if (origin === undefined || !options.origins.includes(origin)) return { vary: 'origin' }
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposedHeaders, vary: 'origin' }
}

/** The further headers of a preflight's reply; none for an origin that is not allowed. The requested headers are echoed, because
 *  browsers do not count `authorization` under `*` and client libraries send many of their own (`x-stainless-*`). */
export const getPreflightHeaders = (
  options: CorsOptions,
  headers: IncomingHttpHeaders,
  method: string,
): Record<string, string> => {
  if (!('access-control-allow-origin' in getCorsHeaders(options, headers))) return {}
  const asked = headers['access-control-request-headers'] ?? ''
  return {
    'access-control-allow-methods': `${method}, OPTIONS`,
    'access-control-allow-headers': isHeaderNameList(asked) ? asked : 'authorization, content-type',
    'access-control-max-age': '7200',
  }
}

/** Whether text is a list of header names that may be sent back: all headers of a reply have 4 KB together on the platform
 *  (SCF documentation 583/56124). */
const isHeaderNameList = (text: string): boolean => /^[\w-]+( ?, ?[\w-]+)*$/.test(text) && text.length <= 2048
