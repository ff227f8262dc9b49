import { endpoint } from '../http/endpoint.ts'
import { matchesPath } from '../http/path.ts'
import { type Handler, jsonReply } from '../http/request.ts'
import { once } from '../runtime/memoize.ts'
import type { ServerConfig } from './config/server-config.ts'
import { getVariable, type Variables } from './config/variable.ts'

/** `GET /health`: this function is up. It asks nobody and costs nothing. `ts` is unix time in seconds. With the admin key in
 *  `X-Gateway-Key` it also says how model map and usage store are; only then is anything else loaded. Its status is 200 even
 *  where they are ill: the instance lives, and restarting it would mend nothing. */
export const health = (edge: ServerConfig, environment: Variables): Handler => {
  const serves = (path: string): boolean => matchesPath(path, '/health')
  const adminKey = once(async () =>
    (await import('../auth/admin-key.ts')).createAdminKey({ key: getVariable(environment, 'GATEWAY_ADMIN_KEY') }),
  )
  const detail = once(async () => (await import('./health-detail.ts')).createHealthDetail(environment))

  return endpoint({ ...edge, method: 'GET', serves }, async ({ headers, timing }) => {
    const up = { ok: true, ts: Math.floor(Date.now() / 1000) }
    if (headers['x-gateway-key'] === undefined) return jsonReply(up)
    await (await adminKey()).require(headers)
    timing.markAuthenticated(true)
    const getDetail = await detail()
    return jsonReply({ ...up, ...(await getDetail()) })
  })
}
