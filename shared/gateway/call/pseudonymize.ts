import type { HashUser } from '../../auth/user-hash.ts'
import type { Call } from '../../protocol/call.ts'
import type { User } from '../../protocol/user.ts'

/** The request fields that name the user to the provider (openai-openapi 2.3.0: `user`, and its successor; Zhipu's
 *  `user_id`). */
export const userFields = ['user', 'safety_identifier', 'user_id'] as const

/** Replaces every user that the client named with the hash of the verified user. So a client cannot act as another
 *  user, and the provider does not get the id. If the client named no user, no field is added, because some providers
 *  reject these fields. */
export const pseudonymizeUser = (call: Call, user: User, hashUser: HashUser): Call => {
  const named = userFields.filter((field) => field in call.body)
  const hash = named.length > 0 ? hashUser(user) : undefined
  if (hash === undefined) return call
  return { ...call, body: { ...call.body, ...Object.fromEntries(named.map((field) => [field, hash])) } }
}
