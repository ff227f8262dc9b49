import type { JsonObject } from '../protocol/json.ts'

/** Credentials of the server for the environment's own API. */
export interface ServerAccess {
  /** CloudBase environment id. */
  readonly envId: string
  readonly region: string
  /** An API key (`CLOUDBASE_APIKEY`), or a secret pair of the operator's. */
  readonly credentials: { readonly accessKey: string } | { readonly secretId: string; readonly secretKey: string }
}

/** Looks a user up by id; undefined when there is none. It rejects when the service did not answer. */
export type LookUpUser = (id: string) => Promise<JsonObject | undefined>

const timeoutMs = 2_000

/** What `auth().getEndUserInfo` answers, as far as it is read. */
interface EndUser {
  readonly userInfo?: { readonly uid?: string; readonly isAnonymous?: boolean; readonly status?: string }
}

/** The environment's users through `@cloudbase/node-sdk` 3.18.3, `auth().getEndUserInfo`. The package is read on first use. */
export const serverUserLookup = ({ envId, region, credentials }: ServerAccess): LookUpUser => {
  const connect = async () => {
    const { default: cloudbase } = await import('@cloudbase/node-sdk')
    return cloudbase.init({ env: envId, region, timeout: timeoutMs, keepalive: true, ...credentials }).auth()
  }
  let connecting: ReturnType<typeof connect> | undefined
  return async (id) => {
    connecting ??= connect()
    const auth = await connecting
    const { userInfo } = (await auth.getEndUserInfo(id)) as EndUser
    if (userInfo?.uid !== id || (userInfo.status ?? 'ACTIVE') !== 'ACTIVE') return undefined
    return { sub: id, is_anonymous: userInfo.isAnonymous === true }
  }
}
