/** Whether a request path names an endpoint, whatever the platform in front did to it: an access service may have
 *  stripped the front of the path (`/completions` or `/` for `/v1/chat/completions`) or put a prefix before it.
 *  Compared by whole segments from the end; `*` in the pattern is any one segment. Doubled slashes count as one, as in a base URL
 *  that ends with one; a path with `.` or `..` in it names nothing. */
export const matchesPath = (path: string, pattern: string): boolean => {
  const given = splitPath(path)
  if (given.some(isDotSegment)) return false
  const wanted = splitPath(pattern)
  const shared = Math.min(given.length, wanted.length)
  return wanted.slice(wanted.length - shared).every((want, index) => {
    return want === '*' || want === given[given.length - shared + index]
  })
}

const splitPath = (path: string): string[] => path.split('/').filter((segment) => segment !== '')

const isDotSegment = (segment: string): boolean => /^(\.|%2e){1,2}$/i.test(segment)

/** What follows an endpoint's path, percent-decoded once: the `Qwen/Qwen3-8B` of `/v1/models/Qwen%2FQwen3-8B`.
 *  A path without the endpoint's own had it stripped by the platform. Empty where nothing follows.
 *  Undefined where the percent-encoding is broken. */
export const getPathRest = (path: string, endpoint: string): string | undefined => {
  const at = `${path}/`.indexOf(`${endpoint}/`)
  const rest = at < 0 ? path : path.slice(at + endpoint.length)
  try {
    return decodeURIComponent(trimSlashes(rest))
  } catch {
    return undefined
  }
}

/** In one pass: a pattern that looks for slashes before the end would try again from each of a thousand. */
const trimSlashes = (text: string): string => {
  let start = 0
  let end = text.length
  while (text[start] === '/') start += 1
  while (end > start && text[end - 1] === '/') end -= 1
  return text.slice(start, end)
}
