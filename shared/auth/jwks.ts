import type { Jwk } from 'aws-jwt-verify/jwk'
import { sendRequest } from '../drivers/http-request.ts'
import { isObject, type JsonObject, parseJson } from '../runtime/json.ts'
import { tokenBucket } from '../runtime/token-bucket.ts'
import { expiredTokenError, invalidTokenError } from './auth-errors.ts'

export interface JwksOptions extends Omit<SignatureOptions, 'keys'> {
  /** Where the JWKS is; only this address is ever asked, whatever a token's `jku` says. */
  readonly url: URL
  /** Time for a fetch, in milliseconds. */
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The environment's public keys, fetched when they are needed and kept. */
export interface Jwks {
  /** The signature check for a token with this `kid`, or why there is none: no keys could be had, or none of that name. */
  readonly checkFor: (kid: string) => Promise<VerifySignature | 'no_keys' | 'unknown_key'>
}

/** Keys older than this, in milliseconds, are fetched again before use, so that a withdrawn one goes away. */
const maxAgeMs = 3_600_000

/** Fetches that may be made: tokens with made-up key names must not become a stream of them, and a key that is new right after
 *  a fetch must not have to wait. */
const fetchBudget = { burst: 3, perSecond: 0.1 }

/** One version of the keys. */
interface JwksVersion {
  readonly kids: ReadonlySet<string>
  readonly check: VerifySignature
  readonly fetchedAt: number
}

/** A cached JWKS (RFC 7517): one fetch serves everyone who waits for it, failures leave the last good keys in place. */
export const createJwks = ({ url, timeoutMs, now, ...options }: JwksOptions): Jwks => {
  let keys: JwksVersion | undefined
  const budget = tokenBucket({ ...fetchBudget, now })
  let fetching: Promise<void> | undefined

  const fetchKeys = async (): Promise<void> => {
    const found = await fetchJwks(url, timeoutMs)
    if (found === undefined) return
    const kids = new Set(found.flatMap(({ kid }) => kid ?? []))
    keys = { kids, check: await createVerifySignature({ ...options, keys: found }), fetchedAt: now() }
  }
  const refresh = async (): Promise<void> => {
    if (!fetching && !budget.take()) return
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined
    })
    await fetching
  }
  const ageOf = (kid: string): number => (keys?.kids.has(kid) ? now() - keys.fetchedAt : Number.POSITIVE_INFINITY)

  return {
    checkFor: async (kid) => {
      if (ageOf(kid) > maxAgeMs) await refresh()
      if (keys === undefined) return 'no_keys'
      return keys.kids.has(kid) ? keys.check : 'unknown_key'
    },
  }
}

/** The RSA signature keys of a JWKS; undefined when it cannot be had or holds none. */
const fetchJwks = async (url: URL, timeoutMs: number): Promise<Jwk[] | undefined> => {
  const answer = await sendRequest({ url, timeoutMs, headers: { accept: 'application/json' } }).catch(() => undefined)
  if (answer?.status !== 200) return undefined
  const body = parseJson(answer.text)
  const listed = isObject(body) && Array.isArray(body['keys']) ? body['keys'] : []
  const usable = listed.filter(isObject).flatMap(toSignatureKey)
  return usable.length > 0 ? usable : undefined
}

/** Shortest modulus accepted, in base64url characters: 2,048 bits. */
const minModulusLength = 342

const toSignatureKey = ({ kty, kid, n, e, use = 'sig', alg = 'RS256' }: JsonObject): Jwk[] => {
  if (kty !== 'RSA' || use !== 'sig' || alg !== 'RS256') return []
  if (typeof kid !== 'string' || typeof n !== 'string' || typeof e !== 'string') return []
  return n.length < minModulusLength ? [] : [{ kty, kid, n, e, use, alg }]
}

/** Verifies one token's signature and the claims that bind it to this environment, and returns all its claims.
 *  @throws invalid_access_token, access_token_expired (401) */
export type VerifySignature = (token: string) => JsonObject

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
export const createVerifySignature = async ({
  keys,
  issuers,
  audience,
}: SignatureOptions): Promise<VerifySignature> => {
  const { JwtVerifier } = await import('aws-jwt-verify')
  const jwksUri = 'jwks:'
  const verifier = JwtVerifier.create(
    issuers.map((issuer) => ({ issuer, audience, jwksUri, graceSeconds: leewaySeconds })),
  )
  // `alg` on the key pins the token's: the library refuses a token whose header differs from it.
  const pinned = keys.map((key) => ({ ...key, alg: 'RS256' }))
  for (const issuer of issuers) verifier.cacheJwks({ keys: pinned }, issuer)
  return (token) => {
    const claims = callVerifier(() => verifier.verifySync(token) as JsonObject)
    if (typeof claims['exp'] !== 'number') throw invalidTokenError()
    if ((claims['project_id'] ?? audience) !== audience) throw invalidTokenError()
    return claims
  }
}

const callVerifier = (verify: () => JsonObject): JsonObject => {
  try {
    return verify()
  } catch (error) {
    // The library looks at the time only after the signature, so this is a token that was good once.
    const expired = error instanceof Error && error.message.startsWith('Token expired')
    throw expired ? expiredTokenError() : invalidTokenError()
  }
}
