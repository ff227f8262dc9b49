import { createHmac } from 'node:crypto'
import type { User } from '../protocol/user.ts'

/** Returns the name under which a provider sees a user. It does not reveal the id. One key always gives the same name,
 *  another key gives another name. Returns undefined if the user has no id. */
export type HashUser = (user: User) => string | undefined

/** Creates a hash of user ids: HMAC-SHA256, as 32 hexadecimal digits. */
export const createHashUser =
  (key: string): HashUser =>
  ({ id }) =>
    id === null ? undefined : createHmac('sha256', key).update(id).digest('hex').slice(0, 32)
