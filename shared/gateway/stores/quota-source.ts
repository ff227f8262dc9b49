import { parseQuotas } from '../../limits/quotas/parse-quotas.ts'
import type { Quota } from '../../limits/quotas/quota.ts'
import type { Log } from '../../runtime/log.ts'
import type { Config } from '../config/config.ts'
import { toSharedStore } from '../config/usage-config.ts'
import { type WatchedDefinition, watchDefinition } from './watched-definition.ts'

/** The quotas of a configuration. */
export type QuotaSource = WatchedDefinition<readonly Quota[]>

/** Creates the source of the quotas. If an edit of the file cannot be used, the log gives the reason, and the quotas before it stay
 *  in use. */
export const createQuotaSource = ({ quotas, usage }: Config, log: Log, now = Date.now): QuotaSource => {
  if (!quotas) return { current: () => ({ value: [] }), problem: () => undefined }
  const hasStore = toSharedStore(usage.store) !== undefined
  return watchDefinition({
    ...quotas,
    variable: 'QUOTAS',
    parse: hasStore ? parseQuotas : () => ({ problem: storeProblem }),
    onProblem: (help) => log('error', 'quotas_misconfigured', { help }),
    now,
  })
}

const storeProblem = 'QUOTAS needs USAGE_STORE=collection, mysql or rdb, because instances share the counts.'
