import type { GatewayError } from '../../protocol/errors.ts'
import type { User } from '../../protocol/user.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import {
  anonymousUserError,
  invalidTokenError,
  publishableKeyError,
  serverTokenError,
  userBlockedError,
} from '../auth-errors.ts'
import { getTokenKind, type TokenKind } from './token-kind.ts'

/** The caller of a request whose credential is genuine. */
export interface Identity {
  /** Resolves when the account is confirmed.
   *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
  readonly user: Promise<User>
  /** Whether `user` still waits for the login service. */
  readonly isPending: boolean
}

/** Creates the identity of a user whose account needs no further check. */
export const toIdentity = (user: User): Identity => ({ user: Promise.resolve(user), isPending: false })

/** The identity behind a token, and how long the token is valid. */
export interface VerifiedToken extends Identity {
  /** Expiry of the token in milliseconds since 1970. Undefined if the token has no `exp`. */
  readonly expiresAt: number | undefined
}

/** Verifies a token. Resolves as soon as its signature holds, or the login service has accepted it.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403), auth_unavailable (503) */
export type VerifyToken = (token: string) => Promise<VerifiedToken>

/** Which users may use the gateway. */
export interface UserPolicy {
  readonly allowAnonymous: boolean
  /** Ids of users who may not. */
  readonly deniedUsers: ReadonlySet<string>
}

/** Returns the error for claims that do not belong to a user, verified or not. Returns undefined for users, anonymous
 *  ones too. */
export const rejectNonUserToken = (claims: JsonObject): GatewayError | undefined => getKindError(getTokenKind(claims))

const getKindError = (kind: TokenKind): GatewayError | undefined => {
  if (kind === 'publishable_key') return publishableKeyError()
  return kind === 'server' ? serverTokenError() : undefined
}

/** Checks claims or a profile against the policy and returns the kind of user.
 *  @throws invalid_access_token (401), permission_denied (403) */
export const admitUser = (claims: JsonObject, { allowAnonymous, deniedUsers }: UserPolicy): 'user' | 'anonymous' => {
  const kind = getTokenKind(claims)
  const rejection = getKindError(kind)
  if (rejection) throw rejection
  if (kind === 'anonymous' && !allowAnonymous) throw anonymousUserError()
  if (typeof claims['sub'] === 'string' && deniedUsers.has(claims['sub'])) throw userBlockedError()
  return kind === 'anonymous' ? 'anonymous' : 'user'
}

/** A user id: at most 128 characters, because usage records and limits cannot store a longer one. MySQL takes an id with
 *  a blank at its end for the one without. */
const userIdPattern = /^.{0,127}\S$/s

/** Returns the user id in verified claims.
 *  @throws invalid_access_token (401) if there is none, it is too long, or it ends with a blank */
export const getUserId = ({ sub: id }: JsonObject): string => {
  if (typeof id !== 'string' || !userIdPattern.test(id)) throw invalidTokenError()
  return id
}

/** Creates the user of verified claims and a current profile. Both must pass the policy. Groups in the profile replace
 *  those in the token, because they are newer.
 *  @throws invalid_access_token (401), permission_denied (403) */
export const toUser = (claims: JsonObject, profile: JsonObject, policy: UserPolicy): User => {
  const kinds = [admitUser(claims, policy), admitUser(profile, policy)]
  const groups = getGroupNames(profile['groups']) ?? getGroupNames(claims['groups']) ?? []
  const roles = getGroupNames([claims['role'], claims['roles']].flat()) ?? []
  return {
    id: getUserId(claims),
    kind: kinds.includes('anonymous') ? 'anonymous' : 'user',
    groups: [...new Set([...groups, ...roles])],
  }
}

/** Returns the names of groups or roles: plain strings, or objects with an `id` (`GET /auth/v1/user/me`). */
const getGroupNames = (value: unknown): string[] | undefined => {
  if (!Array.isArray(value)) return undefined
  const names = value.map((item: unknown) => (isObject(item) ? item['id'] : item))
  return names.filter((name): name is string => typeof name === 'string' && name !== '')
}

/** Returns when a token with these claims expires, in milliseconds since 1970. Returns undefined if it has no `exp`. */
export const getExpiry = ({ exp }: JsonObject): number | undefined => (typeof exp === 'number' ? exp * 1000 : undefined)
