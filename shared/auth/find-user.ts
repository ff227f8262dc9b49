import type { CloudbaseAccess } from '../drivers/cloudbase.ts'
import { isObject } from '../runtime/json.ts'
import { withTimeout } from '../runtime/timeout.ts'

const lookupTimeoutMs = 2_000

/** A user of the environment, as the SDK's look-up shows it. It documents no `status`. */
export interface FoundUser {
  readonly isAnonymous: boolean
  /** `ACTIVE` for an account that may sign in. Undefined if the result states none. */
  readonly status: string | undefined
}

/** Looks up a user of the environment without a token of that user (`@cloudbase/node-sdk` 3.18.3, `auth().queryUserInfo`;
 *  `getEndUserInfo` sends the same request, but refuses some ids and mixes in variables of the process). Resolves with
 *  undefined if there is no such user. Rejects if the service gives no answer: it resolves with a `code` then. */
export const findUser = async (access: CloudbaseAccess, id: string): Promise<FoundUser | undefined> => {
  const { getCloudbaseApp } = await import('../drivers/cloudbase.ts')
  const app = await getCloudbaseApp(access)
  const result: unknown = await withTimeout(lookupTimeoutMs, Promise.resolve(app.auth().queryUserInfo({ uid: id })))
  const user = isObject(result) ? result['userInfo'] : undefined
  if (!isObject(user)) throw new Error('The look-up of a user failed.')
  if (user['uid'] !== id) return undefined
  const { status } = user
  return { isAnonymous: user['isAnonymous'] === true, status: typeof status === 'string' ? status : undefined }
}
