import type { GatewayError } from '../protocol/errors.ts'
import type { User } from '../protocol/user.ts'
import type { JsonObject } from '../runtime/json.ts'
import { anonymousRefused, invalidAccessToken, publishableKeyRefused, serverTokenRefused } from './auth-errors.ts'
import { namesOf } from './decode-jwt.ts'
import { classify, type TokenKind } from './token-kind.ts'

/** Whose token it is, and until when that is known. */
export interface Verdict {
  readonly user: User
  /** End of the token's life in milliseconds since 1970; undefined when it does not say. */
  readonly expiresAt: number | undefined
}

/** Tells whose token it is.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
export type VerifyToken = (token: string) => Promise<Verdict>

/** Who is let in beside signed-in users. */
export interface Admission {
  readonly allowAnonymous: boolean
}

/** What to answer to claims that are no user's at all, be they verified or not; undefined for users, anonymous ones too. */
export const strangerRefused = (claims: JsonObject): GatewayError | undefined => refusalOf(classify(claims))

const refusalOf = (kind: TokenKind): GatewayError | undefined => {
  if (kind === 'publishable_key') return publishableKeyRefused()
  return kind === 'server' ? serverTokenRefused() : undefined
}

/** Lets users in, and anonymous ones where that is allowed.
 *  @throws invalid_access_token (401), permission_denied (403) */
export const admit = (said: JsonObject, { allowAnonymous }: Admission): 'user' | 'anonymous' => {
  const kind = classify(said)
  const refusal = refusalOf(kind)
  if (refusal) throw refusal
  if (kind !== 'anonymous') return 'user'
  if (!allowAnonymous) throw anonymousRefused()
  return 'anonymous'
}

/** The longest id of a user, in characters: usage records and limits hold no longer one. */
const longestUserId = 128

/** The verdict on a token whose claims are verified, whose user's live state is good, and which were both admitted as one of
 *  `kinds`. The profile's groups replace the token's, because they are newer.
 *  @throws invalid_access_token (401) */
export const verdictOf = (
  claims: JsonObject,
  profile: JsonObject,
  kinds: readonly ('user' | 'anonymous')[],
): Verdict => {
  const { sub: id, exp } = claims
  if (typeof id !== 'string' || id === '' || id.length > longestUserId) throw invalidAccessToken()
  const groups = namesOf(profile['groups']) ?? namesOf(claims['groups']) ?? []
  const roles = namesOf([claims['role'], claims['roles']].flat()) ?? []
  return {
    user: { id, kind: kinds.includes('anonymous') ? 'anonymous' : 'user', groups: [...new Set([...groups, ...roles])] },
    expiresAt: typeof exp === 'number' ? exp * 1000 : undefined,
  }
}
