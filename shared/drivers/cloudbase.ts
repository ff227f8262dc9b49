import type CloudBase from '@cloudbase/node-sdk'
import { once } from '../runtime/memoize.ts'

/** How the server authenticates to CloudBase: with an API key (`CLOUDBASE_APIKEY`), or with the operator's own key
 *  pair. */
export type CloudbaseCredentials =
  | { readonly accessKey: string }
  | { readonly secretId: string; readonly secretKey: string }

/** How to reach the services of an environment. */
export interface CloudbaseAccess {
  /** CloudBase environment id. */
  readonly envId: string
  readonly region: string
  readonly credentials: CloudbaseCredentials
  /** The longest time that the SDK waits for a response, in milliseconds. Default: 3,000. A caller that needs a shorter one sets
   *  its own timeout. */
  readonly requestTimeoutMs?: number | undefined
}

/** An app of the SDK: the services of one environment. */
export type CloudbaseApp = ReturnType<typeof CloudBase.init>

const loadSdk = once(() => import('@cloudbase/node-sdk'))

const apps = new Map<string, CloudbaseApp>()

/** Returns the app of an environment (`@cloudbase/node-sdk` 3.18): all rooms of an instance share it. The SDK is loaded
 *  on the first call. Import this file with `await import()` only, so that it is bundled once and holds one app. */
export const getCloudbaseApp = async (access: CloudbaseAccess): Promise<CloudbaseApp> => {
  const { default: cloudbase } = await loadSdk()
  const { closeStaleSockets } = await import('./kept-sockets.ts')
  closeStaleSockets()
  const { envId, region, credentials, requestTimeoutMs: timeout = 3_000 } = access
  const key = JSON.stringify([envId, region, credentials, timeout])
  // Without `keepalive` the SDK uses Node's own agents, which keep connections too. The agent of the SDK cannot be reached.
  const app = apps.get(key) ?? cloudbase.init({ env: envId, region, timeout, keepalive: false, ...credentials })
  apps.set(key, app)
  return app
}
