import type { Log } from '../protocol/log.ts'
import { fileStore } from '../usage/file-store.ts'
import { type DeliverRecord, type Ledger, usageLedger } from '../usage/ledger.ts'
import { webhook } from '../usage/webhook.ts'
import type { UsageConfig } from './config.ts'

/** How long the end of an answer may wait for the webhook, in milliseconds. */
const webhookTimeoutMs = 3_000

/** The ledger of a configuration. */
export const ledgerOf = ({ pointsPer1kTokens, webhook: hook, file }: UsageConfig, log: Log): Ledger => {
  const deliveries: Record<string, DeliverRecord> = {}
  if (file) deliveries['file'] = fileStore(file)
  if (hook) deliveries['webhook'] = webhook({ ...hook, timeoutMs: webhookTimeoutMs })
  return usageLedger({ pointsPer1kTokens, deliveries, log })
}
