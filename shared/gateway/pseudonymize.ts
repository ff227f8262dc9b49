import type { HashUser } from '../auth/user-hash.ts'
import type { Call } from '../protocol/call.ts'
import type { User } from '../protocol/user.ts'

/** The fields of a request that name its user to the provider (openai-openapi 2.3.0: `user`, and its successor; Zhipu's `user_id`). */
const userFields = ['user', 'safety_identifier', 'user_id'] as const

/** Puts the verified user's hash wherever the client named a user, so that nobody can speak for somebody else and the provider
 *  learns nobody's id. Nothing is added where the client named none, because some providers refuse these fields. */
export const pseudonymizeUser = (call: Call, user: User, hashUser: HashUser): Call => {
  const named = userFields.filter((field) => field in call.body)
  const hash = named.length > 0 ? hashUser(user) : undefined
  if (hash === undefined) return call
  return { ...call, body: { ...call.body, ...Object.fromEntries(named.map((field) => [field, hash])) } }
}
