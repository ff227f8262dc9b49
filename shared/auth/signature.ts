import type { Jwk } from 'aws-jwt-verify/jwk'
import type { JsonObject } from '../protocol/json.ts'
import { accessTokenExpired, invalidAccessToken } from './refusals.ts'

/** Verifies one token's signature and the claims that bind it to this environment, and returns all its claims.
 *  @throws invalid_access_token, access_token_expired (401) */
export type CheckSignature = (token: string) => JsonObject

export interface SignatureOptions {
  /** The environment's RSA keys, each with its `kid`. */
  readonly keys: readonly Jwk[]
  /** Every `iss` accepted. */
  readonly issuers: readonly string[]
  /** CloudBase environment id. */
  readonly audience: string
}

/** How far the clocks of issuer and instance may differ, in seconds. */
const leewaySeconds = 30

/** A check against one set of keys: RS256 and nothing else, a key of the set, a listed issuer, this environment as audience,
 *  `nbf` past and `exp` to come. The library is read on first use (docs/decisions/0010-jwt-library.md). */
export const signatureCheck = async ({ keys, issuers, audience }: SignatureOptions): Promise<CheckSignature> => {
  const { JwtVerifier } = await import('aws-jwt-verify')
  const jwksUri = 'jwks:'
  const verifier = JwtVerifier.create(
    issuers.map((issuer) => ({ issuer, audience, jwksUri, graceSeconds: leewaySeconds })),
  )
  // `alg` on the key pins the token's: the library refuses a token whose header differs from it.
  const pinned = keys.map((key) => ({ ...key, alg: 'RS256' }))
  for (const issuer of issuers) verifier.cacheJwks({ keys: pinned }, issuer)
  return (token) => {
    const claims = verified(() => verifier.verifySync(token) as JsonObject)
    if (typeof claims['exp'] !== 'number') throw invalidAccessToken()
    if ((claims['project_id'] ?? audience) !== audience) throw invalidAccessToken()
    return claims
  }
}

const verified = (verify: () => JsonObject): JsonObject => {
  try {
    return verify()
  } catch (error) {
    // The library looks at the time only after the signature, so this is a token that was good once.
    const expired = error instanceof Error && error.message.startsWith('Token expired')
    throw expired ? accessTokenExpired() : invalidAccessToken()
  }
}
