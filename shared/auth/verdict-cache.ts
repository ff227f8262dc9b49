import { type GatewayError, isGatewayError } from '../protocol/errors.ts'
import type { User } from '../protocol/user.ts'
import { digestOf, type VerifyToken } from './verdict.ts'

export interface VerdictCacheOptions {
  /** How long a good verdict holds, in milliseconds; it never outlives its token. */
  readonly ttlMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Good verdicts kept; the one unused for longest goes first. Default 5,000. */
  readonly capacity?: number
}

/** How long a bad verdict holds, in milliseconds. */
const refusalTtlMs = 5_000
/** Bad verdicts kept, apart from the good ones: a flood of forged tokens must not drive users out. */
const refusalCapacity = 1_000

interface Kept<Value> {
  readonly value: Value
  readonly until: number
}

/** Remembers verdicts by the digest of their token, and lets everyone who asks about one token wait for one verification.
 *  What the auth service could not tell is not remembered. */
export const cachedVerdicts = (
  verify: VerifyToken,
  { ttlMs, now, capacity = 5_000 }: VerdictCacheOptions,
): ((token: string) => Promise<User>) => {
  const users = new Map<string, Kept<User>>()
  const refusals = new Map<string, Kept<GatewayError>>()
  const running = new Map<string, Promise<User>>()

  const ask = async (token: string, key: string): Promise<User> => {
    try {
      const { user, expiresAt = Number.POSITIVE_INFINITY } = await verify(token)
      keep(users, key, { value: user, until: Math.min(now() + ttlMs, expiresAt) }, capacity)
      return user
    } catch (error) {
      const isVerdict = isGatewayError(error) && error.status < 500
      if (isVerdict) keep(refusals, key, { value: error, until: now() + refusalTtlMs }, refusalCapacity)
      throw error
    }
  }
  return async (token) => {
    const key = digestOf(token).toString('base64')
    const user = recall(users, key, now())
    if (user) return user
    const refusal = recall(refusals, key, now())
    if (refusal) throw refusal
    const asking = running.get(key) ?? ask(token, key).finally(() => running.delete(key))
    running.set(key, asking)
    return asking
  }
}

/** Map order is the order of use: what is read moves to the end. */
const recall = <Value>(entries: Map<string, Kept<Value>>, key: string, now: number): Value | undefined => {
  const kept = entries.get(key)
  if (kept === undefined) return undefined
  entries.delete(key)
  if (kept.until <= now) return undefined
  entries.set(key, kept)
  return kept.value
}

const keep = <Value>(entries: Map<string, Kept<Value>>, key: string, kept: Kept<Value>, capacity: number): void => {
  entries.set(key, kept)
  if (entries.size <= capacity) return
  // Several at a time, because finding the first key of a map steps over all that were deleted before it.
  let surplus = Math.ceil(capacity / 8)
  for (const oldest of entries.keys()) {
    if (surplus-- === 0) return
    entries.delete(oldest)
  }
}
