/** URL of a path below a base URL, whose query is kept. `path` begins with a slash. */
export const urlBelow = (base: string, path: string): URL => {
  const url = new URL(base)
  url.pathname = url.pathname.replace(/\/+$/, '') + path
  return url
}
