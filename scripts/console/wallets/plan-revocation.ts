import { parseKey } from '../../../shared/gateway/account/wallet-requests.ts'
import { GatewayError } from '../../../shared/protocol/errors.ts'
import { readGrantKeyRecord } from '../../../shared/wallet/grant-keys.ts'
import { revokePoints } from '../../../shared/wallet/grants.ts'
import { viewWallet } from '../../../shared/wallet/view-wallet.ts'
import { toGrantId } from '../../../shared/wallet/wallet-store.ts'
import type { PlanChange } from '../changes/plan.ts'

/** Plans to take back what is left of a grant: `{key}`, as `POST /admin/wallet/revoke` takes it. A repeat has no effect. What is left
 *  may shrink until the confirmation, because calls run.
 *  @throws grant_not_found (404) */
export const planRevocation: PlanChange = async (workspace, request) => {
  const key = parseKey(Buffer.from(JSON.stringify(request)))
  const wallets = await workspace.openWallets()
  const row = await wallets.store.read(toGrantId(key))
  if (!row) throw new GatewayError(404, 'grant_not_found', 'There is no grant with this key.', { param: 'key' })
  const { user_id: user } = readGrantKeyRecord(row).request
  const { balance, grants } = await viewWallet(wallets, user, { before: undefined, limit: 1 })
  const left = grants.find(({ id }) => id === key)?.left ?? 0
  return {
    items: [
      { name: 'balance', before: String(balance), after: String(balance - left) },
      { name: 'left', before: String(left), after: '0' },
    ],
    word: user,
    basis: key,
    apply: async () => ({ ...(await revokePoints(wallets, key)) }),
  }
}
