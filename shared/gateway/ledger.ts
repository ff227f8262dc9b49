import type { Log } from '../protocol/log.ts'
import { type Ledger, usageLedger } from '../usage/ledger.ts'
import { refusedStore } from '../usage/refused-store.ts'
import type { DeliverRecord } from '../usage/settle.ts'
import type { UsageStore } from '../usage/usage-store.ts'
import { webhook } from '../usage/webhook.ts'
import { lazily } from './lazily.ts'
import type { UsageConfig, UsageStoreConfig } from './usage-config.ts'

/** How long the end of an answer may wait for the webhook, in milliseconds: briefly where the flush delivers what is late,
 *  longer where this attempt is the only one. */
const webhookTimeoutMs = { withStore: 800, alone: 3_000 } as const

/** The ledger of a configuration. */
export const ledgerOf = (config: UsageConfig, log: Log): Ledger => {
  const store = storeOf(config.store)
  const timeoutMs = store ? webhookTimeoutMs.withStore : webhookTimeoutMs.alone
  return usageLedger({ ...config, store, deliver: deliveryOf(config, timeoutMs), log })
}

/** How long one look at a store may take, where no answer waits for it. */
export interface Patience {
  readonly timeoutMs?: number
}

/** The store of a configuration; undefined where nothing is kept. */
export const storeOf = (config: UsageStoreConfig, patience: Patience = {}): UsageStore | undefined => {
  if (config.kind === 'none') return undefined
  if (config.kind === 'refused') return refusedStore
  return lazily<UsageStore>({}, async () => {
    if (config.kind === 'file') return (await import('../usage/file-store.ts')).fileStore(config.path)
    if (config.kind === 'mysql')
      return (await import('../usage/mysql-store.ts')).mysqlStore({ ...config.options, ...patience })
    return (await import('../usage/collection-store.ts')).collectionStore({ ...config.options, ...patience })
  })
}

/** The way to the webhook of a configuration; undefined where there is none. */
export const deliveryOf = ({ webhook: hook }: UsageConfig, timeoutMs: number): DeliverRecord | undefined =>
  hook && webhook({ ...hook, timeoutMs })
