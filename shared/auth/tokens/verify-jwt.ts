import { isGatewayError } from '../../protocol/errors.ts'
import type { JsonObject } from '../../runtime/json.ts'
import type { TokenBucket } from '../../runtime/token-bucket.ts'
import type { CheckAccount } from '../account-status.ts'
import { authUnavailableError, expiredTokenError, invalidTokenError } from '../auth-errors.ts'
import { decodeJwt, decodeJwtHeader } from './decode-jwt.ts'
import type { Jwks, VerifySignature } from './jwks.ts'
import {
  admitUser,
  getExpiry,
  getUserId,
  type Identity,
  rejectNonUserToken,
  toIdentity,
  toUser,
  type UserPolicy,
  type VerifiedToken,
  type VerifyToken,
} from './verified-token.ts'

/** The values that unverified claims must match. */
export interface PrecheckOptions {
  /** CloudBase environment id. */
  readonly envId: string
  /** Every `iss` that a token may have. Undefined: `iss` is not checked. */
  readonly issuers: readonly string[] | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** How far the clocks of issuer and instance may differ, in milliseconds. */
const leewayMs = 30_000

/** Rejects a token by its unverified claims, before any call is made. It can only reject: a token that passes is not
 *  verified.
 *  @throws invalid_access_token, access_token_expired (401) */
export const precheckClaims = (claims: JsonObject, { envId, issuers, now }: PrecheckOptions): void => {
  const { iss, aud = envId, exp } = claims
  const rejection = rejectNonUserToken(claims)
  if (rejection) throw rejection
  if (issuers && !issuers.some((issuer) => issuer === iss)) throw invalidTokenError()
  if (![aud].flat().includes(envId)) throw invalidTokenError()
  if (typeof exp === 'number' && exp * 1000 + leewayMs < now) throw expiredTokenError()
}

/** Options of the verification by public keys. */
export interface JwtVerifyOptions {
  readonly keys: Jwks
  /** Every `iss` accepted. */
  readonly issuers: readonly string[]
  /** CloudBase environment id. */
  readonly envId: string
  readonly policy: UserPolicy
  /** Undefined: a valid signature is enough, so a blocked user stays in until the token expires. */
  readonly checkAccount: CheckAccount | undefined
  /** Verifies a token whose key is not available. */
  readonly verifyByUserinfo: VerifyToken
  /** How many tokens with unknown keys may be verified that way. */
  readonly unknownKeyBudget: TokenBucket
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Verifies tokens with the environment's public keys, then checks the account. If the key of a token is not available
 *  and its claims are plausible, the login service verifies it. */
export const createVerifyJwt =
  (options: JwtVerifyOptions): VerifyToken =>
  async (token) => {
    const { alg, kid, crit } = decodeJwtHeader(token) ?? {}
    if (alg !== 'RS256' || typeof kid !== 'string' || crit !== undefined) throw getTokenError(token)
    const verifySignature = await options.keys.getVerifySignature(kid)
    if (typeof verifySignature === 'function') return verifyWithKey(token, verifySignature, options)
    precheckToken(token, options)
    if (verifySignature === 'no_keys' || options.unknownKeyBudget.take()) return options.verifyByUserinfo(token)
    // A flood of invented key ids has used up the budget. The key may be new, so the keys are fetched once more.
    const verifyWithNewKeys = await options.keys.waitForKey(kid)
    if (!verifyWithNewKeys) throw authUnavailableError()
    return verifyWithKey(token, verifyWithNewKeys, options)
  }

const verifyWithKey = (token: string, verifySignature: VerifySignature, options: JwtVerifyOptions): VerifiedToken => {
  const claims = verifyClaims(token, verifySignature)
  return { ...confirmAccount(token, claims, options), expiresAt: getExpiry(claims) }
}

/** Returns the identity at once; its `user` waits for the account check. If that rejects a token whose expiry is past,
 *  though within the leeway, the error is the one on which clients refresh the token. */
const confirmAccount = (token: string, claims: JsonObject, options: JwtVerifyOptions): Identity => {
  const { checkAccount, policy, now } = options
  const id = getUserId(claims)
  admitUser(claims, policy)
  if (!checkAccount) return toIdentity(toUser(claims, {}, policy))
  const checking = checkAccount(token, id).catch((error: unknown) => {
    const isExpired = (getExpiry(claims) ?? Number.POSITIVE_INFINITY) < now()
    throw isExpired && isGatewayError(error) && error.code === 'invalid_access_token' ? expiredTokenError() : error
  })
  return { user: checking.then((profile) => toUser(claims, profile, policy)), isPending: true }
}

const precheckToken = (token: string, { envId, issuers, now }: JwtVerifyOptions): void => {
  const claims = decodeJwt(token)?.claims
  if (claims === undefined) throw invalidTokenError()
  precheckClaims(claims, { envId, issuers, now: now() })
}

const verifyClaims = (token: string, verifySignature: VerifySignature): JsonObject => {
  try {
    return verifySignature(token)
  } catch (error) {
    throw rejectNonUserToken(decodeJwt(token)?.claims ?? {}) ?? error
  }
}

/** Returns why a token is rejected unverified: it does not belong to a user, or it is not valid. */
const getTokenError = (token: string): Error =>
  rejectNonUserToken(decodeJwt(token)?.claims ?? {}) ?? invalidTokenError()
