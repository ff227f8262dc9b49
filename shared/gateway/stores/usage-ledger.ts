import { misconfiguredError } from '../../protocol/errors.ts'
import type { Log } from '../../runtime/log.ts'
import { once } from '../../runtime/memoize.ts'
import type { DeliverRecord } from '../../usage/delivery/delivery.ts'
import { createUsageLedger, type Ledger } from '../../usage/ledger/ledger.ts'
import type { UsageConfig } from '../config/usage-config.ts'
import { createStore } from './usage-store.ts'

/** How long the end of a reply may wait for the webhook, in milliseconds. With a store the wait is short, because the
 *  flush delivers late records. Without a store this attempt is the only one. */
const deliveryTimeoutMs = { withStore: 800, withoutStore: 3_000 } as const

/** Creates the function that returns the ledger of a configuration.
 *  @throws gateway_misconfigured (503) from that function, if a price cannot be read, or if the store cannot be built: a call that
 *  cannot be recorded must not be served for free, unless `USAGE_FAIL_OPEN` allows it */
export const createLedger = (config: UsageConfig, log: Log): (() => Ledger) => {
  const { value: tariff } = config.tariff
  if (!tariff) return throwMisconfigured('Prices are not set up.')
  if (config.store.kind === 'refused' && !config.failOpen) return throwMisconfigured('The usage store is not set up.')
  const store = createStore(config.store)
  const timeoutMs = store ? deliveryTimeoutMs.withStore : deliveryTimeoutMs.withoutStore
  const ledger = createUsageLedger({ ...config, tariff, store, deliver: createDelivery(config, timeoutMs), log })
  return () => ledger
}

const throwMisconfigured = (problem: string) => (): never => {
  throw misconfiguredError(problem)
}

/** Creates the delivery to the webhook of a configuration, which is loaded with the first record. Returns undefined if no webhook is
 *  configured. */
export const createDelivery = ({ webhook }: UsageConfig, timeoutMs: number): DeliverRecord | undefined => {
  if (!webhook) return undefined
  const load = once(async () =>
    (await import('../../usage/delivery/webhook.ts')).createWebhook({ ...webhook, timeoutMs }),
  )
  return async (record) => (await load())(record)
}
