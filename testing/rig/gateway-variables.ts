import type { Variables } from './killable-function.ts'
import type { StoreUnderTest } from './store-under-test.ts'

/** The environment of a function with one model, a usage store and a webhook. Its timeouts are short, so that a run does not
 *  wait long for faults. */
export const gatewayVariables = (
  store: StoreUnderTest,
  urls: { readonly upstream: string; readonly webhook: string },
): Variables => ({
  ...store.variables,
  ALLOW_PRIVATE_UPSTREAMS: 'true',
  MODEL_PROVIDER_MAP: JSON.stringify({ m: { provider: 'openai', api_base: urls.upstream, api_key: 'key-of-a-test' } }),
  MODEL_PROVIDER_MAP_FILE: '',
  BILLING_WEBHOOK_URL: urls.webhook,
  USAGE_PROGRESS_INTERVAL: '150',
  UPSTREAM_TIMEOUT_IDLE: '1500',
  UPSTREAM_TIMEOUT_FIRST_BYTE: '1500',
  UPSTREAM_TIMEOUT_TOTAL: '15000',
  LOG_LEVEL: 'error',
})
