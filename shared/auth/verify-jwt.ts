import type { JsonObject } from '../runtime/json.ts'
import type { TokenBucket } from '../runtime/token-bucket.ts'
import type { CheckAccount } from './account-status.ts'
import { authUnavailableError, expiredTokenError, invalidTokenError } from './auth-errors.ts'
import { decodeJwt, decodeJwtHeader } from './decode-jwt.ts'
import type { Jwks, VerifySignature } from './jwks.ts'
import {
  type Admission,
  admitUser,
  rejectNonUserToken,
  toVerifiedToken,
  type VerifiedToken,
  type VerifyToken,
} from './verified-token.ts'

export interface PrecheckOptions {
  /** CloudBase environment id. */
  readonly envId: string
  /** Every `iss` a token may carry; undefined: not looked at. */
  readonly issuers: readonly string[] | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** How far the clocks of issuer and instance may differ, in milliseconds. */
const leewayMs = 30_000

/** Refuses a token by what it says of itself, before anybody is asked: nothing here lets a token in.
 *  @throws invalid_access_token, access_token_expired (401) */
export const precheckClaims = (claims: JsonObject, { envId, issuers, now }: PrecheckOptions): void => {
  const { iss, aud = envId, exp } = claims
  const stranger = rejectNonUserToken(claims)
  if (stranger) throw stranger
  if (issuers && !issuers.some((issuer) => issuer === iss)) throw invalidTokenError()
  if (![aud].flat().includes(envId)) throw invalidTokenError()
  if (typeof exp === 'number' && exp * 1000 + leewayMs < now) throw expiredTokenError()
}

export interface JwtVerifyOptions {
  readonly keys: Jwks
  /** Every `iss` accepted. */
  readonly issuers: readonly string[]
  /** CloudBase environment id. */
  readonly envId: string
  readonly admission: Admission
  readonly checkAccount: CheckAccount
  /** Verifies a token whose key is not to be had. */
  readonly verifyByUserinfo: VerifyToken
  /** How many tokens with unknown keys may go that way. */
  readonly unknownKeyBudget: TokenBucket
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Verifies tokens with the environment's public keys, then asks for the user's live state. A token whose key is not to be had
 *  goes to the auth service, if what it says of itself could be true. */
export const createVerifyJwt = (options: JwtVerifyOptions): VerifyToken => {
  const verify = async (token: string, check: VerifySignature): Promise<VerifiedToken> => {
    const claims = verifyClaims(token, check)
    const { sub } = claims
    if (typeof sub !== 'string' || sub === '') throw invalidTokenError()
    const { checkAccount: liveState, admission } = options
    const kind = admitUser(claims, admission)
    const profile = await liveState(token, sub)
    return toVerifiedToken(claims, profile, [kind, admitUser(profile, admission)])
  }
  return async (token) => {
    const { alg, kid, crit } = decodeJwtHeader(token) ?? {}
    if (alg !== 'RS256' || typeof kid !== 'string' || crit !== undefined) throw getTokenError(token)
    const check = await options.keys.checkFor(kid)
    return typeof check === 'function' ? verify(token, check) : verifyWithoutKey(token, check, options)
  }
}

const verifyWithoutKey = (
  token: string,
  reason: 'no_keys' | 'unknown_key',
  { envId, issuers, now, unknownKeyBudget: allowance, verifyByUserinfo: remotely }: JwtVerifyOptions,
): Promise<VerifiedToken> => {
  const claims = decodeJwt(token)?.claims
  if (claims === undefined) throw invalidTokenError()
  precheckClaims(claims, { envId, issuers, now: now() })
  if (reason === 'unknown_key' && !allowance.take()) throw authUnavailableError()
  return remotely(token)
}

const verifyClaims = (token: string, check: VerifySignature): JsonObject => {
  try {
    return check(token)
  } catch (error) {
    throw rejectNonUserToken(decodeJwt(token)?.claims ?? {}) ?? error
  }
}

/** Why a token is refused unverified: what it says it is, or nothing at all. */
const getTokenError = (token: string): Error =>
  rejectNonUserToken(decodeJwt(token)?.claims ?? {}) ?? invalidTokenError()
