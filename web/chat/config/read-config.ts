import { ConfigError, type PageConfig, parsePageConfig } from './page-config.ts'

/** Reads the `config.json` beside a page. A browser asks again for it on each visit.
 *  @throws ConfigError if it is missing, is no JSON, or has a field that is not allowed */
export const readPageConfig = async (pageUrl: string): Promise<PageConfig> => {
  const url = new URL('config.json', pageUrl)
  const response = await fetch(url, { cache: 'no-cache' }).catch(() => undefined)
  if (!response?.ok) throw new ConfigError(`${url.pathname} cannot be read${response ? ` (${response.status})` : ''}.`)
  const value: unknown = await response.json().catch(() => undefined)
  return parsePageConfig(value, pageUrl)
}
