/** The user who sends a request and pays for its usage. */
export interface User {
  /** The CloudBase user id; `admin` for the administrator; null if authentication is switched off, also in usage
   *  records. */
  readonly id: string | null
  readonly kind: 'user' | 'anonymous' | 'admin' | 'unauthenticated'
  /** Groups and roles from the verified token or the user's profile; empty if there are none. */
  readonly groups: readonly string[]
  /** The key that the request came with. Undefined: it came with a login token, or without a credential. */
  readonly key?: CallerKey
}

/** What a caller's key allows. */
export interface CallerKey {
  /** Names the key in records. It reveals nothing of the key. */
  readonly id: string
  /** The only models that it may use; null: all of its owner's. */
  readonly models: readonly string[] | null
  /** The only endpoints that it may use; null: all. */
  readonly endpoints: readonly string[] | null
  /** The only ranges of addresses from which it may be used, as CIDR; null: all. */
  readonly addresses: readonly string[] | null
  /** The points that it may use in a window; null: as many as its owner. */
  readonly points: { readonly limit: number; readonly window: string } | null
}
