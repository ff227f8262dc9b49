import { claimIds } from '../../limits/claims/claims.ts'
import { getErrorName } from '../../runtime/log.ts'
import type { Config } from '../config/config.ts'
import { toSharedStore } from '../config/usage-config.ts'
import { openRowStore } from '../stores/row-store.ts'

/** Removes idempotency keys that are forgotten. A failure is logged; the next run tries again. */
export const flushClaims = async ({ usage, server }: Config): Promise<void> => {
  const shared = toSharedStore(usage.store)
  if (!shared) return
  try {
    const { removeDue } = await openRowStore(shared)
    await removeDue({ ...claimIds, time: Date.now() })
  } catch (error) {
    server.log('warn', 'claim_flush_failed', { cause: getErrorName(error) })
  }
}
