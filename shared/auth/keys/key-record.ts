/** What a key may do. Undefined in a request and null here mean no limit. Times are unix seconds. */
export interface KeyAttributes {
  readonly name: string
  /** The models that the key may use. */
  readonly models: readonly string[] | null
  /** The endpoints that the key may use, such as `chat/completions`. */
  readonly endpoints: readonly string[] | null
  /** The addresses from which it may be used, as CIDR. */
  readonly addresses: readonly string[] | null
  /** The points that it may use in a window. */
  readonly points: number | null
  /** The name of the window of `points`; null without them. */
  readonly window: string | null
  readonly expires_at: number | null
}

/** A key as it is stored and listed. Its text is not part of it. */
export interface KeyRecord extends KeyAttributes {
  readonly id: string
  readonly prefix: string
  readonly created_at: number
  /** Who made it: `user:<id>` or `operator`. */
  readonly created_by: string
  readonly revoked_at: number | null
  readonly revoked_by: string | null
  /** The owner's groups, as the newest login token at `/v1/keys` or the operator stated them. */
  readonly groups: readonly string[]
}

/** The state of a key at a time in milliseconds since 1970. */
export const getKeyStatus = (
  { revoked_at, expires_at }: Pick<KeyRecord, 'revoked_at' | 'expires_at'>,
  now: number,
): 'active' | 'revoked' | 'expired' => {
  if (revoked_at !== null) return 'revoked'
  return expires_at !== null && expires_at * 1_000 <= now ? 'expired' : 'active'
}
