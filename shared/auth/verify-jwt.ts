import type { JsonObject } from '../runtime/json.ts'
import type { Allowance } from '../runtime/token-bucket.ts'
import type { LiveState } from './account-status.ts'
import { accessTokenExpired, authUnavailable, invalidAccessToken } from './auth-errors.ts'
import { readHeader, readToken } from './decode-jwt.ts'
import type { CheckSignature, KeySet } from './jwks.ts'
import { type Admission, admit, strangerRefused, type Verdict, type VerifyToken, verdictOf } from './verified-token.ts'

export interface PlausibleOptions {
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
export const requirePlausible = (claims: JsonObject, { envId, issuers, now }: PlausibleOptions): void => {
  const { iss, aud = envId, exp } = claims
  const stranger = strangerRefused(claims)
  if (stranger) throw stranger
  if (issuers && !issuers.some((issuer) => issuer === iss)) throw invalidAccessToken()
  if (![aud].flat().includes(envId)) throw invalidAccessToken()
  if (typeof exp === 'number' && exp * 1000 + leewayMs < now) throw accessTokenExpired()
}

export interface LocalOptions {
  readonly keys: KeySet
  /** Every `iss` accepted. */
  readonly issuers: readonly string[]
  /** CloudBase environment id. */
  readonly envId: string
  readonly admission: Admission
  readonly liveState: LiveState
  /** Verifies a token whose key is not to be had. */
  readonly remotely: VerifyToken
  /** How many tokens with unknown keys may go that way. */
  readonly allowance: Allowance
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Verifies tokens with the environment's public keys, then asks for the user's live state. A token whose key is not to be had
 *  goes to the auth service, if what it says of itself could be true. */
export const verifyLocally = (options: LocalOptions): VerifyToken => {
  const verify = async (token: string, check: CheckSignature): Promise<Verdict> => {
    const claims = verifiedClaims(token, check)
    const { sub } = claims
    if (typeof sub !== 'string' || sub === '') throw invalidAccessToken()
    const { liveState, admission } = options
    const kind = admit(claims, admission)
    const profile = await liveState(token, sub)
    return verdictOf(claims, profile, [kind, admit(profile, admission)])
  }
  return async (token) => {
    const { alg, kid, crit } = readHeader(token) ?? {}
    if (alg !== 'RS256' || typeof kid !== 'string' || crit !== undefined) throw refusalOf(token)
    const check = await options.keys.checkFor(kid)
    return typeof check === 'function' ? verify(token, check) : verifyWithoutKey(token, check, options)
  }
}

const verifyWithoutKey = (
  token: string,
  reason: 'no_keys' | 'unknown_key',
  { envId, issuers, now, allowance, remotely }: LocalOptions,
): Promise<Verdict> => {
  const claims = readToken(token)?.claims
  if (claims === undefined) throw invalidAccessToken()
  requirePlausible(claims, { envId, issuers, now: now() })
  if (reason === 'unknown_key' && !allowance.take()) throw authUnavailable()
  return remotely(token)
}

const verifiedClaims = (token: string, check: CheckSignature): JsonObject => {
  try {
    return check(token)
  } catch (error) {
    throw strangerRefused(readToken(token)?.claims ?? {}) ?? error
  }
}

/** Why a token is refused unverified: what it says it is, or nothing at all. */
const refusalOf = (token: string): Error => strangerRefused(readToken(token)?.claims ?? {}) ?? invalidAccessToken()
