import type { Identity } from '../auth/tokens/verified-token.ts'
import type { Registry } from '../models/registry.ts'
import type { User } from '../protocol/user.ts'

/** Waits until the account of a caller is confirmed. While the login service checks it, the model map is refreshed as
 *  well, because the request needs it next (docs/decisions/0064-the-map-beside-the-login.md). Both end before a
 *  rejection is thrown, so that no work goes on after a reply. A failure of the map is ignored here: it shows when the
 *  route is looked up.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
export const confirmUser = async ({ user, isPending }: Identity, models: Pick<Registry, 'current'>): Promise<User> => {
  if (isPending) await Promise.allSettled([user, models.current()])
  return user
}
