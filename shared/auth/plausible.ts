import type { JsonObject } from '../protocol/json.ts'
import { accessTokenExpired, invalidAccessToken } from './refusals.ts'
import { strangerRefused } from './verdict.ts'

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
