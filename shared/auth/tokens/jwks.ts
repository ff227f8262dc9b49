import { setTimeout as sleep } from 'node:timers/promises'
import type { Jwk } from 'aws-jwt-verify/jwk'
import { sendRequest } from '../../drivers/http-request.ts'
import { isObject, type JsonObject, parseJson } from '../../runtime/json.ts'
import { tokenBucket } from '../../runtime/token-bucket.ts'
import { expiredTokenError, invalidTokenError } from '../auth-errors.ts'

/** Options of the cached JWKS. */
export interface JwksOptions extends Omit<SignatureOptions, 'keys'> {
  /** Address of the JWKS. Only this address is used: the `jku` of a token is ignored. */
  readonly url: URL
  /** Timeout of a fetch, in milliseconds. */
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The environment's public keys, fetched on demand and cached. */
export interface Jwks {
  /** Resolves with the signature check for tokens with this `kid`, or with the reason why there is none: no keys could
   *  be fetched, or none has this `kid`. */
  readonly getVerifySignature: (kid: string) => Promise<VerifySignature | 'no_keys' | 'unknown_key'>
  /** Waits for one more fetch, which is due within a second whatever was fetched before. Resolves with the signature
   *  check for tokens with this `kid`, or with undefined if there is still none. */
  readonly waitForKey: (kid: string) => Promise<VerifySignature | undefined>
}

/** Keys older than this, in milliseconds, are fetched again before use, so that a withdrawn key is dropped. */
const maxAgeMs = 3_600_000

/** How often keys may be fetched. Tokens with invented key ids must not cause a stream of fetches. A burst is allowed,
 *  so that a key which is new right after a fetch need not wait. */
const fetchBudget = { burst: 3, perSecond: 0.1 }

/** The pause before the fetch that `waitForKey` waits for, in milliseconds. All that wait share one fetch. */
const pauseMs = 1_000

/** One version of the keys. */
interface JwksVersion {
  readonly kids: ReadonlySet<string>
  readonly verifySignature: VerifySignature
  readonly fetchedAt: number
}

/** Creates a cached JWKS (RFC 7517). Concurrent requests share one fetch. If a fetch fails, the last good keys stay. */
export const createJwks = ({ url, timeoutMs, now, ...options }: JwksOptions): Jwks => {
  let keys: JwksVersion | undefined
  const budget = tokenBucket({ ...fetchBudget, now })
  let fetching: Promise<void> | undefined

  const fetchKeys = async (): Promise<void> => {
    const found = await fetchJwks(url, timeoutMs)
    if (found === undefined) return
    const kids = new Set(found.flatMap(({ kid }) => kid ?? []))
    const verifySignature = await createVerifySignature({ ...options, keys: found })
    keys = { kids, verifySignature, fetchedAt: now() }
  }
  const fetchOnce = (): Promise<void> => {
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined
    })
    return fetching
  }
  const refresh = async (): Promise<void> => {
    if (fetching || budget.take()) await fetchOnce()
  }
  let nextFetch: Promise<void> | undefined
  const waitForFetch = (): Promise<void> => {
    nextFetch ??= sleep(pauseMs).then(() => {
      nextFetch = undefined
      return fetchOnce()
    })
    return nextFetch
  }
  const getAge = (kid: string): number => (keys?.kids.has(kid) ? now() - keys.fetchedAt : Number.POSITIVE_INFINITY)

  return {
    getVerifySignature: async (kid) => {
      if (getAge(kid) > maxAgeMs) await refresh()
      if (keys === undefined) return 'no_keys'
      return keys.kids.has(kid) ? keys.verifySignature : 'unknown_key'
    },
    waitForKey: async (kid) => {
      await waitForFetch()
      return keys?.kids.has(kid) ? keys.verifySignature : undefined
    },
  }
}

/** Fetches the RSA signature keys of a JWKS. Returns undefined if the fetch fails or there are none. */
const fetchJwks = async (url: URL, timeoutMs: number): Promise<Jwk[] | undefined> => {
  const response = await sendRequest({ url, timeoutMs, headers: { accept: 'application/json' } }).catch(() => undefined)
  if (response?.status !== 200) return undefined
  const body = parseJson(response.text)
  const listed = isObject(body) && Array.isArray(body['keys']) ? body['keys'] : []
  const usable = listed.filter(isObject).flatMap(toSignatureKey)
  return usable.length > 0 ? usable : undefined
}

/** The minimum length of a modulus, in base64url characters: 2,048 bits. */
const minModulusLength = 342

const toSignatureKey = ({ kty, kid, n, e, use = 'sig', alg = 'RS256' }: JsonObject): Jwk[] => {
  if (kty !== 'RSA' || use !== 'sig' || alg !== 'RS256') return []
  if (typeof kid !== 'string' || typeof n !== 'string' || typeof e !== 'string') return []
  return n.length < minModulusLength ? [] : [{ kty, kid, n, e, use, alg }]
}

/** Verifies the signature of a token and the claims that bind it to this environment. Returns all its claims.
 *  @throws invalid_access_token, access_token_expired (401) */
export type VerifySignature = (token: string) => JsonObject

/** The keys and claims that a token must match. */
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

/** Creates the check for one set of keys. It accepts RS256 only, a key of the set, a listed issuer, this environment as
 *  audience, `nbf` in the past and `exp` in the future. The library is loaded on first use
 *  (docs/decisions/0010-jwt-library.md). */
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
  // `alg` on the key pins the algorithm: the library rejects a token whose header differs from it.
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
    // The library checks the time only after the signature, so this token was valid once.
    const expired = error instanceof Error && error.message.startsWith('Token expired')
    throw expired ? expiredTokenError() : invalidTokenError()
  }
}
