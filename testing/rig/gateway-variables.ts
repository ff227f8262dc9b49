import type { Variables } from './killable-function.ts'
import type { StoreUnderTest } from './store-under-test.ts'

/** The environment of a function whose one model is at a provider, whose records are in a store and go to a webhook. Its
 *  patience is short, so that a run need not wait for what fails. */
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
