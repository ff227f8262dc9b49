import { type GatewayError, isGatewayError } from '../protocol/errors.ts'
import type { User } from '../protocol/user.ts'
import { sha256 } from '../runtime/sha256.ts'
import type { VerifyToken } from './verified-token.ts'

export interface TokenCacheOptions {
  /** How long a good verdict holds, in milliseconds; it never outlives its token. */
  readonly ttlMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Good verdicts kept at most; of them, at least the half that was used last. Default 5,000. */
  readonly capacity?: number
}

/** How long a bad verdict holds, in milliseconds. */
const rejectionTtlMs = 5_000
/** Bad verdicts kept, apart from the good ones: a flood of forged tokens must not drive users out. */
const maxRejections = 1_000

interface CacheEntry<Value> {
  readonly value: Value
  readonly until: number
}

/** Remembers verdicts by the digest of their token, and lets everyone who asks about one token wait for one verification.
 *  What the auth service could not tell is not remembered. */
export const createTokenCache = (
  verify: VerifyToken,
  { ttlMs, now, capacity = 5_000 }: TokenCacheOptions,
): ((token: string) => Promise<User>) => {
  const users = createTtlCache<User>(capacity, now)
  const refusals = createTtlCache<GatewayError>(maxRejections, now)
  const running = new Map<string, Promise<User>>()

  const ask = async (token: string, key: string): Promise<User> => {
    try {
      const { user, expiresAt = Number.POSITIVE_INFINITY } = await verify(token)
      users.keep(key, user, Math.min(now() + ttlMs, expiresAt))
      return user
    } catch (error) {
      const isVerdict = isGatewayError(error) && error.status < 500
      if (isVerdict) refusals.keep(key, error, now() + rejectionTtlMs)
      throw error
    }
  }
  return async (token) => {
    const key = sha256(token).toString('base64')
    const user = users.recall(key)
    if (user) return user
    const refusal = refusals.recall(key)
    if (refusal) throw refusal
    const asking = running.get(key) ?? ask(token, key).finally(() => running.delete(key))
    running.set(key, asking)
    return asking
  }
}

/** Values that hold for a time, in two generations: what is read or kept belongs to the younger, and when that is half of the
 *  capacity, the older is dropped. To move each entry to the end of one map when it is read costs five times as much, once there
 *  are thousands. */
const createTtlCache = <Value>(capacity: number, now: () => number) => {
  let younger = new Map<string, CacheEntry<Value>>()
  let older = new Map<string, CacheEntry<Value>>()
  const put = (key: string, kept: CacheEntry<Value>): void => {
    younger.set(key, kept)
    if (younger.size < capacity / 2) return
    older = younger
    younger = new Map()
  }
  return {
    keep: (key: string, value: Value, until: number): void => put(key, { value, until }),
    recall: (key: string): Value | undefined => {
      const young = younger.get(key)
      const kept = young ?? older.get(key)
      if (kept === undefined || kept.until <= now()) return undefined
      if (!young) put(key, kept)
      return kept.value
    },
  }
}
