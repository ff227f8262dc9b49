import type { HealthDetail } from '../../shared/gateway/health/health-detail.ts'
import type { Workspace } from './workspace.ts'

/** What the first view of the console shows. */
export interface OverviewView {
  readonly environment: { readonly id: string; readonly region: string } | null
  /** The gateway of `npm run dev`, if it runs. */
  readonly development: { readonly url: string } | null
  /** `off`: a store can hold wallets, and the gateway does not use them yet. `no_store`: the store of records cannot. */
  readonly wallets: 'on' | 'off' | 'no_store'
  readonly health: HealthDetail
}

/** Reads the state of the gateway, as `GET /health` reports it to the administrator. It calls no provider. */
export const readOverview = async ({
  variables,
  development,
  config,
  readHealth,
}: Workspace): Promise<OverviewView> => {
  const health = await readHealth()
  const { CLOUDBASE_ENV_ID: id, CLOUDBASE_REGION: region = 'ap-shanghai' } = variables
  return {
    environment: id === undefined ? null : { id, region },
    development: development ? { url: development.url } : null,
    wallets: config.wallet.kind === 'on' ? (health.wallet.state === 'on' ? 'on' : 'off') : 'no_store',
    health,
  }
}
