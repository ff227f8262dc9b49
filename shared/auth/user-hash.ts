import { createHmac } from 'node:crypto'
import type { User } from '../protocol/user.ts'

/** Names a user to a provider without telling who it is: stable for one key, different for another.
 *  Undefined for a request that names nobody. */
export type HashUser = (user: User) => string | undefined

/** HMAC-SHA256 of the user id, as 32 hexadecimal digits. */
export const createHashUser =
  (key: string): HashUser =>
  ({ id }) =>
    id === null ? undefined : createHmac('sha256', key).update(id).digest('hex').slice(0, 32)
