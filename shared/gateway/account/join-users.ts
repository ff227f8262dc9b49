import { joinCounts } from '../../limits/quotas/join-counts.ts'
import { type JoinRequest, type JoinResult, joinWallets } from '../../wallet/join-wallets.ts'
import type { Wallets } from '../../wallet/wallets.ts'

/** Makes two ids one user, for good: one wallet, and one count of each quota. A repeat has no effect, and completes a join whose
 *  function died.
 *  @throws invalid_value (400, with `param`), idempotency_conflict (409) if the alias belongs to another user */
export const joinUsers = async (wallets: Wallets, request: JoinRequest): Promise<JoinResult> => {
  const result = await joinWallets(wallets, request)
  await joinCounts(wallets.store, request)
  return result
}
