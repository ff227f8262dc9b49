export interface ApiBaseOptions {
  /** Whether `api_base` may be http and lead to private addresses. */
  readonly allowPrivate: boolean
  /** Whether a URL's host is, by its spelling alone, one that only this network can reach. */
  readonly isPrivateHost: (hostname: string) => boolean
}

/** What is wrong with an `api_base`, as sentences; undefined when nothing is. Where its name leads is judged again when the
 *  connection is made. */
export const apiBaseProblem = (base: string, { allowPrivate, isPrivateHost }: ApiBaseOptions): string | undefined => {
  const url = URL.canParse(base) ? new URL(base) : undefined
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    return 'Its api_base is not a URL. It looks like https://api.example.com/v1.'
  if (url.username || url.password) return 'Its api_base holds a user name or password. Put the key in api_key_env.'
  if (url.search || url.hash) return 'Its api_base holds a query or a fragment. It ends with the version path.'
  if (allowPrivate) return undefined
  if (url.protocol === 'http:') return 'Its api_base is not https. ALLOW_PRIVATE_UPSTREAMS=true permits http.'
  if (isPrivateHost(url.hostname))
    return 'Its api_base is a private address. ALLOW_PRIVATE_UPSTREAMS=true permits that.'
  return undefined
}
