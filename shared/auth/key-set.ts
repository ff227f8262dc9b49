import type { Jwk } from 'aws-jwt-verify/jwk'
import { isObject, type JsonObject, parseJson } from '../protocol/json.ts'
import { allowance } from './allowance.ts'
import { getText } from './get-text.ts'
import { type CheckSignature, type SignatureOptions, signatureCheck } from './signature.ts'

export interface KeySetOptions extends Omit<SignatureOptions, 'keys'> {
  /** Where the JWKS is; only this address is ever asked, whatever a token's `jku` says. */
  readonly url: URL
  /** Time for a fetch, in milliseconds. */
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The environment's public keys, fetched when they are needed and kept. */
export interface KeySet {
  /** The signature check for a token with this `kid`, or why there is none: no keys could be had, or none of that name. */
  readonly checkFor: (kid: string) => Promise<CheckSignature | 'no_keys' | 'unknown_key'>
}

/** Keys older than this, in milliseconds, are fetched again before use, so that a withdrawn one goes away. */
const maxAgeMs = 3_600_000
/** Fetches that may be made: tokens with made-up key names must not become a stream of them, and a key that is new right after
 *  a fetch must not have to wait. */
const fetchBudget = { burst: 3, perSecond: 0.1 }

/** One version of the keys. */
interface Keys {
  readonly kids: ReadonlySet<string>
  readonly check: CheckSignature
  readonly fetchedAt: number
}

/** A cached JWKS (RFC 7517): one fetch serves everyone who waits for it, failures leave the last good keys in place. */
export const keySet = ({ url, timeoutMs, now, ...options }: KeySetOptions): KeySet => {
  let keys: Keys | undefined
  const budget = allowance({ ...fetchBudget, now })
  let fetching: Promise<void> | undefined

  const fetchKeys = async (): Promise<void> => {
    const found = await fetchJwks(url, timeoutMs)
    if (found === undefined) return
    const kids = new Set(found.flatMap(({ kid }) => kid ?? []))
    keys = { kids, check: await signatureCheck({ ...options, keys: found }), fetchedAt: now() }
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
  const answer = await getText({ url, timeoutMs }).catch(() => undefined)
  if (answer?.status !== 200) return undefined
  const body = parseJson(answer.text)
  const listed = isObject(body) && Array.isArray(body['keys']) ? body['keys'] : []
  const usable = listed.filter(isObject).flatMap(signatureKey)
  return usable.length > 0 ? usable : undefined
}

/** Shortest modulus accepted, in base64url characters: 2,048 bits. */
const minModulusLength = 342

const signatureKey = ({ kty, kid, n, e, use = 'sig', alg = 'RS256' }: JsonObject): Jwk[] => {
  if (kty !== 'RSA' || use !== 'sig' || alg !== 'RS256') return []
  if (typeof kid !== 'string' || typeof n !== 'string' || typeof e !== 'string') return []
  return n.length < minModulusLength ? [] : [{ kty, kid, n, e, use, alg }]
}
