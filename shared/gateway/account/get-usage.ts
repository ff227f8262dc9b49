import { endpoint } from '../../http/endpoint.ts'
import { matchesPath } from '../../http/path.ts'
import { type Handler, jsonReply } from '../../http/request.ts'
import { GatewayError } from '../../protocol/errors.ts'
import { maxGroups } from '../../usage/store/totals.ts'
import { getUserUsage, parseUsageQuery } from '../../usage/user-usage.ts'
import { createAuthenticateCaller } from '../authenticate-caller.ts'
import type { Config } from '../config/config.ts'
import { createStore } from '../stores/usage-store.ts'

/** `GET /v1/usage`: the caller's own totals by day and model, and the caller's last records, page by page. The
 *  administrator gets the records of `admin`. If authentication is off, every caller gets the records without a
 *  user. */
export const getUsage = (config: Config): Handler => {
  const authenticate = createAuthenticateCaller(config, { endpoint: 'usage' })
  const store = createStore(config.usage.store)
  const serves = (path: string): boolean => matchesPath(path, '/v1/usage')

  return endpoint({ ...config.server, method: 'GET', serves }, async (request) => {
    const user = await authenticate(request)
    const query = parseUsageQuery(new URLSearchParams(request.query), Date.now())
    if (!store)
      throw new GatewayError(503, 'usage_unavailable', 'Usage is not stored here. Set USAGE_STORE to store it.')
    const usage = await getUserUsage(store, user, query).catch((cause: unknown) => {
      throw new GatewayError(503, 'usage_unavailable', 'Usage cannot be read at the moment. Try again later.', {
        cause,
      })
    })
    if (usage.totals.length >= maxGroups)
      throw new GatewayError(400, 'invalid_value', 'The range has too many days. Ask for fewer.', { param: 'from' })
    return jsonReply(usage)
  })
}
