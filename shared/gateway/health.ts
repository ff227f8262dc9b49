import type { AdminKey } from '../auth/admin-key.ts'
import { endpoint } from '../http/endpoint.ts'
import { matchesPath } from '../http/path.ts'
import { type Handler, jsonReply } from '../http/request.ts'
import type { ServerConfig } from './config/server-config.ts'
import { type Variables, getVariable } from './config/variable.ts'
import type { HealthDetail } from './health-detail.ts'

/** `GET /health`: this function is up. It asks nobody and costs nothing. `ts` is unix time in seconds. With the admin key in
 *  `X-Gateway-Key` it also says how model map and usage store are; only then is anything else loaded. Its status is 200 even
 *  where they are ill: the instance lives, and restarting it would mend nothing. */
export const health = (edge: ServerConfig, environment: Variables): Handler => {
  const serves = (path: string): boolean => matchesPath(path, '/health')
  let key: Promise<AdminKey> | undefined
  let detail: Promise<() => Promise<HealthDetail>> | undefined

  return endpoint({ ...edge, method: 'GET', serves }, async ({ headers, timing }) => {
    const up = { ok: true, ts: Math.floor(Date.now() / 1000) }
    if (headers['x-gateway-key'] === undefined) return jsonReply(up)
    key ??= import('../auth/admin-key.ts').then(({ createAdminKey }) =>
      createAdminKey({ key: getVariable(environment, 'GATEWAY_ADMIN_KEY') }),
    )
    await (await key).require(headers)
    timing.authenticated(true)
    detail ??= import('./health-detail.ts').then(({ createHealthDetail }) => createHealthDetail(environment))
    return jsonReply({ ...up, ...(await (await detail)()) })
  })
}
