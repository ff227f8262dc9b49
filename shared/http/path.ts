/** Whether a request path names an endpoint. The access service of the platform may remove the front of the path
 *  (`/completions` or `/` for `/v1/chat/completions`) or add a prefix, so whole segments are compared from the end. `*`
 *  in the pattern is any one segment. Doubled slashes count as one, because a base URL may end with a slash. A path
 *  with `.` or `..` never matches. */
export const matchesPath = (path: string, pattern: string): boolean => {
  if (path === pattern) return true
  const segments = splitPath(path)
  if (segments.some(isDotSegment)) return false
  const expected = splitPath(pattern)
  const count = Math.min(segments.length, expected.length)
  const last = segments.slice(segments.length - count)
  return expected.slice(expected.length - count).every((segment, index) => segment === '*' || segment === last[index])
}

const splitPath = (path: string): string[] => path.split('/').filter((segment) => segment !== '')

const isDotSegment = (segment: string): boolean => /^(\.|%2e){1,2}$/i.test(segment)

/** Returns the rest of a path after the endpoint's own, percent-decoded once: `Qwen/Qwen3-8B` for
 *  `/v1/models/Qwen%2FQwen3-8B`. If the path does not contain the endpoint's, the platform has removed it, and the
 *  whole path is the rest. Doubled slashes count as one. Returns undefined if the path names another endpoint
 *  (`/v1/responses`), or if the percent-encoding is broken. */
export const getPathRest = (path: string, endpoint: string): string | undefined => {
  const merged = `${path.replace(/\/{2,}/g, '/')}/`
  const at = merged.indexOf(`${endpoint}/`)
  if (at < 0 && splitPath(merged)[0] === splitPath(endpoint)[0]) return undefined
  const rest = at < 0 ? merged : merged.slice(at + endpoint.length)
  try {
    return decodeURIComponent(rest.replace(/^\/|\/{1,2}$/g, ''))
  } catch {
    return undefined
  }
}
