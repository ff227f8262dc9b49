import type { Route } from '../../protocol/route.ts'

/** The oldest `api-version` that takes `stream_options` (Azure OpenAI REST API reference, "API versions"). */
const defaultApiVersion = '2024-10-21'

/** URL of an operation at Azure OpenAI. A base that ends in `/openai/v1` is the new API, which is OpenAI's own; any other is
 *  the classic one, where the deployment, named like the upstream model, is part of the path and `api-version` of the query. */
export const getAzureUrl = ({ apiBase, upstreamModel }: Route, path: string): URL => {
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

/** URL of a path below a base URL, whose query is kept. `path` begins with a slash. */
export const joinUrl = (base: string, path: string): URL => {
  const url = new URL(base)
  url.pathname = url.pathname.replace(/\/+$/, '') + path
  return url
}
