import { createAuthenticate } from '../auth/authenticate.ts'
import { endpoint } from '../http/endpoint.ts'
import { matchesPath } from '../http/path.ts'
import { type Handler, jsonReply } from '../http/request.ts'
import { GatewayError } from '../protocol/errors.ts'
import { maxGroups } from '../usage/store/totals.ts'
import { getUserUsage, parseUsageQuery } from '../usage/user-usage.ts'
import type { Config } from './config/config.ts'
import { createStore } from './stores.ts'

/** `GET /v1/usage`: the caller's own totals by day and model, and own last records, page by page. The administrator sees what
 *  is recorded under `admin`; where authentication is off, everybody sees what is recorded under no user. */
export const getUsage = (config: Config): Handler => {
  const authenticate = createAuthenticate(config.auth)
  const store = createStore(config.usage.store)
  const serves = (path: string): boolean => matchesPath(path, '/v1/usage')

  return endpoint({ ...config.server, method: 'GET', serves }, async (request) => {
    const { id, kind } = await authenticate(request.headers)
    request.timing.markAuthenticated(kind === 'admin')
    const query = parseUsageQuery(new URLSearchParams(request.query), Date.now())
    if (!store)
      throw new GatewayError(503, 'usage_unavailable', 'No usage is kept here. USAGE_STORE says where to keep it.')
    const usage = await getUserUsage(store, id, query).catch((cause: unknown) => {
      throw new GatewayError(503, 'usage_unavailable', 'Usage cannot be read at the moment. Try again later.', {
        cause,
      })
    })
    if (usage.totals.length >= maxGroups)
      throw new GatewayError(400, 'invalid_value', 'These are too many days. Ask for fewer.', { param: 'from' })
    return jsonReply(usage)
  })
}
