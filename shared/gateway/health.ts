import { endpoint } from '../http/endpoint.ts'
import { matchesPath } from '../http/path.ts'
import { type Handler, jsonReply } from '../http/request.ts'
import { once } from '../runtime/memoize.ts'
import type { ServerConfig } from './config/server-config.ts'
import { getVariable, type Variables } from './config/variables/variable.ts'

/** `GET /health`: this function is up. It makes no call. `ts` is unix time in seconds. With the admin key in
 *  `X-Gateway-Key` it also reports on the model map and the usage store; only then is other code loaded. The status is
 *  200 even if they are degraded: the instance works, and a restart would not repair them. */
export const health = (server: ServerConfig, environment: Variables): Handler => {
  const serves = (path: string): boolean => matchesPath(path, '/health')
  const loadAdminKey = once(async () =>
    (await import('../auth/admin-key.ts')).createAdminKey({ key: getVariable(environment, 'GATEWAY_ADMIN_KEY') }),
  )
  const loadDetail = once(async () => (await import('./health/health-detail.ts')).createHealthDetail(environment))

  return endpoint({ ...server, method: 'GET', serves }, async ({ headers, timing }) => {
    const up = { ok: true, ts: Math.floor(Date.now() / 1000) }
    if (headers['x-gateway-key'] === undefined) return jsonReply(up)
    const adminKey = await loadAdminKey()
    await adminKey.require(headers)
    timing.markAuthenticated(true)
    const getDetail = await loadDetail()
    return jsonReply({ ...up, ...(await getDetail()) })
  })
}
