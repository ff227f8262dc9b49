import { type GatewayError, isGatewayError } from '../../protocol/errors.ts'
import type { User } from '../../protocol/user.ts'
import { sha256 } from '../../runtime/sha256.ts'
import { type Identity, toIdentity, type VerifiedToken, type VerifyToken } from './verified-token.ts'

/** Bounds of the cache. */
export interface TokenCacheOptions {
  /** How long a user is cached, in milliseconds, but never longer than the token is valid. */
  readonly ttlMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The maximum number of cached users. The half that was used last always stays. Default 5,000. */
  readonly capacity?: number
}

/** How long a rejection is cached, in milliseconds. */
const rejectionTtlMs = 5_000
/** Rejections have a cache of their own, so that a flood of forged tokens does not evict users. */
const maxRejections = 1_000

interface CacheEntry<Value> {
  readonly value: Value
  readonly expiresAt: number
}

/** Caches the result of each verification under the digest of its token. Concurrent requests with one token share one
 *  verification. A failure of the login service is not cached. */
export const createTokenCache = (
  verify: VerifyToken,
  { ttlMs, now, capacity = 5_000 }: TokenCacheOptions,
): ((token: string) => Promise<Identity>) => {
  const users = createTtlCache<User>(capacity, now)
  const rejections = createTtlCache<GatewayError>(maxRejections, now)
  const running = new Map<string, Promise<VerifiedToken>>()

  /** Caches how a verification ends. It handles the rejection of `user` too, so none is ever unhandled. */
  const cacheResult = async (key: string, verifying: Promise<VerifiedToken>): Promise<void> => {
    try {
      const { user, expiresAt = Number.POSITIVE_INFINITY } = await verifying
      users.set(key, await user, Math.min(now() + ttlMs, expiresAt))
    } catch (error) {
      const isRejection = isGatewayError(error) && error.status < 500
      if (isRejection) rejections.set(key, error, now() + rejectionTtlMs)
    } finally {
      running.delete(key)
    }
  }
  const start = (token: string, key: string): Promise<VerifiedToken> => {
    const verifying = verify(token)
    running.set(key, verifying)
    void cacheResult(key, verifying)
    return verifying
  }
  return async (token) => {
    const key = sha256(token).toString('base64')
    const user = users.get(key)
    if (user) return toIdentity(user)
    const rejection = rejections.get(key)
    if (rejection) throw rejection
    return running.get(key) ?? start(token, key)
  }
}

/** A cache in two generations. A value that is set or read moves to the younger one. If that reaches half of the
 *  capacity, the older one is dropped. With thousands of entries this costs a fifth of moving each entry to the end of
 *  one map. */
const createTtlCache = <Value>(capacity: number, now: () => number) => {
  let younger = new Map<string, CacheEntry<Value>>()
  let older = new Map<string, CacheEntry<Value>>()
  const add = (key: string, entry: CacheEntry<Value>): void => {
    younger.set(key, entry)
    if (younger.size < capacity / 2) return
    older = younger
    younger = new Map()
  }
  return {
    set: (key: string, value: Value, expiresAt: number): void => add(key, { value, expiresAt }),
    get: (key: string): Value | undefined => {
      const young = younger.get(key)
      const entry = young ?? older.get(key)
      if (entry === undefined || entry.expiresAt <= now()) return undefined
      if (!young) add(key, entry)
      return entry.value
    },
  }
}
