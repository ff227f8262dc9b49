import { authentication } from '../auth/authenticate.ts'
import { endpoint } from '../http/endpoint.ts'
import { matchesPath } from '../http/path.ts'
import { type Handler, jsonReply } from '../http/request.ts'
import { GatewayError } from '../protocol/errors.ts'
import { mostGroups } from '../usage/store/totals.ts'
import { ownUsage, usageQuery } from '../usage/user-usage.ts'
import type { Config } from './config/config.ts'
import { storeOf } from './stores.ts'

/** `GET /v1/usage`: the caller's own totals by day and model, and own last records, page by page. The administrator sees what
 *  is recorded under `admin`; where authentication is off, everybody sees what is recorded under no user. */
export const listUsage = (config: Config): Handler => {
  const authenticate = authentication(config.auth)
  const store = storeOf(config.usage.store)
  const serves = (path: string): boolean => matchesPath(path, '/v1/usage')

  return endpoint({ ...config.edge, method: 'GET', serves }, async (request) => {
    const { id, kind } = await authenticate(request.headers)
    request.timing.authenticated(kind === 'admin')
    const query = usageQuery(new URLSearchParams(request.query), Date.now())
    if (!store)
      throw new GatewayError(503, 'usage_unavailable', 'No usage is kept here. USAGE_STORE says where to keep it.')
    const usage = await ownUsage(store, id, query).catch((cause: unknown) => {
      throw new GatewayError(503, 'usage_unavailable', 'Usage cannot be read at the moment. Try again later.', {
        cause,
      })
    })
    if (usage.totals.length >= mostGroups)
      throw new GatewayError(400, 'invalid_value', 'These are too many days. Ask for fewer.', { param: 'from' })
    return jsonReply(usage)
  })
}
