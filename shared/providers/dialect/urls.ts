import type { Target } from '../../protocol/route.ts'

/** The oldest `api-version` that accepts `stream_options` (Azure OpenAI REST API reference, "API versions"). */
const defaultApiVersion = '2024-10-21'

/** URL of an operation at Azure OpenAI. A base that ends in `/openai/v1` is the new API, which is the same as OpenAI's.
 *  Any other base is the classic API: the path contains the deployment, named like the upstream model, and the query
 *  contains `api-version`. */
export const getAzureUrl = ({ apiBase, upstreamModel }: Target, path: string): URL => {
  const base = new URL(apiBase).pathname.replace(/\/+$/, '')
  if (base.endsWith('/openai/v1')) return joinUrl(apiBase, path)
  const resource = base.endsWith('/openai') ? '' : '/openai'
  const deployment = base.includes('/deployments/')
    ? ''
    : `${resource}/deployments/${encodeURIComponent(upstreamModel)}`
  const url = joinUrl(apiBase, deployment + path)
  if (!url.searchParams.has('api-version')) url.searchParams.set('api-version', defaultApiVersion)
  return url
}

/** URL of a path below a base URL. The query of the base is kept. `path` begins with a slash. */
export const joinUrl = (base: string, path: string): URL => {
  const url = new URL(base)
  url.pathname = url.pathname.replace(/\/+$/, '') + path
  return url
}
