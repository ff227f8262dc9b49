/** The user who sends a request and pays for its usage. */
export interface User {
  /** The CloudBase user id; `admin` for the administrator; null if authentication is switched off, also in usage
   *  records. */
  readonly id: string | null
  readonly kind: 'user' | 'anonymous' | 'admin' | 'unauthenticated'
  /** Groups and roles from the verified token or the user's profile; empty if there are none. */
  readonly groups: readonly string[]
}
