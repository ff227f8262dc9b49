import type { GatewayError } from '../protocol/errors.ts'
import type { User } from '../protocol/user.ts'
import type { JsonObject } from '../runtime/json.ts'
import { anonymousUserError, invalidTokenError, publishableKeyError, serverTokenError } from './auth-errors.ts'
import { getGroupNames } from './decode-jwt.ts'
import { getTokenKind, type TokenKind } from './token-kind.ts'

/** Whose token it is, and until when that is known. */
export interface VerifiedToken {
  readonly user: User
  /** End of the token's life in milliseconds since 1970; undefined when it does not say. */
  readonly expiresAt: number | undefined
}

/** Tells whose token it is.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
export type VerifyToken = (token: string) => Promise<VerifiedToken>

/** Who is let in beside signed-in users. */
export interface Admission {
  readonly allowAnonymous: boolean
}

/** What to answer to claims that are no user's at all, be they verified or not; undefined for users, anonymous ones too. */
export const rejectNonUserToken = (claims: JsonObject): GatewayError | undefined => getKindError(getTokenKind(claims))

const getKindError = (kind: TokenKind): GatewayError | undefined => {
  if (kind === 'publishable_key') return publishableKeyError()
  return kind === 'server' ? serverTokenError() : undefined
}

/** Lets users in, and anonymous ones where that is allowed.
 *  @throws invalid_access_token (401), permission_denied (403) */
export const admitUser = (said: JsonObject, { allowAnonymous }: Admission): 'user' | 'anonymous' => {
  const kind = getTokenKind(said)
  const refusal = getKindError(kind)
  if (refusal) throw refusal
  if (kind !== 'anonymous') return 'user'
  if (!allowAnonymous) throw anonymousUserError()
  return 'anonymous'
}

/** The longest id of a user, in characters: usage records and limits hold no longer one. */
const maxUserIdLength = 128

/** The verdict on a token whose claims are verified, whose user's live state is good, and which were both admitted as one of
 *  `kinds`. The profile's groups replace the token's, because they are newer.
 *  @throws invalid_access_token (401) */
export const toVerifiedToken = (
  claims: JsonObject,
  profile: JsonObject,
  kinds: readonly ('user' | 'anonymous')[],
): VerifiedToken => {
  const { sub: id, exp } = claims
  if (typeof id !== 'string' || id === '' || id.length > maxUserIdLength) throw invalidTokenError()
  const groups = getGroupNames(profile['groups']) ?? getGroupNames(claims['groups']) ?? []
  const roles = getGroupNames([claims['role'], claims['roles']].flat()) ?? []
  return {
    user: { id, kind: kinds.includes('anonymous') ? 'anonymous' : 'user', groups: [...new Set([...groups, ...roles])] },
    expiresAt: typeof exp === 'number' ? exp * 1000 : undefined,
  }
}
