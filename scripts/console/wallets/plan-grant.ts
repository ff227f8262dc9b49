import { parseGrant } from '../../../shared/gateway/account/wallet-requests.ts'
import { grantPoints } from '../../../shared/wallet/grants.ts'
import { viewWallet } from '../../../shared/wallet/view-wallet.ts'
import type { PlanChange } from '../changes/plan.ts'

/** Plans a grant: `{user_id, points, key, reason, expires_at}`, as `POST /admin/wallet/grant` takes it. A repeat with the same key has
 *  no effect. The balance in the plan may move until the confirmation, because calls run. */
export const planGrant: PlanChange = async (workspace, request) => {
  const grant = parseGrant(Buffer.from(JSON.stringify(request)))
  const wallets = await workspace.openWallets()
  const { balance } = await viewWallet(wallets, grant.user_id, { before: undefined, limit: 1 })
  const expiry = grant.expires_at === null ? null : new Date(grant.expires_at).toISOString()
  return {
    items: [
      { name: 'balance', before: String(balance), after: String(balance + grant.points) },
      { name: 'points', before: null, after: String(grant.points) },
      { name: 'reason', before: null, after: grant.reason || null },
      { name: 'expires_at', before: null, after: expiry },
      { name: 'key', before: null, after: grant.key },
    ].filter(({ after }) => after !== null),
    word: grant.user_id,
    basis: grant,
    apply: async () => ({ ...(await grantPoints(wallets, grant)) }),
  }
}
