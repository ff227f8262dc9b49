/** Who a request is from and who its usage is billed to. */
export interface User {
  /** CloudBase user id; `admin` for the administrator; null where authentication is switched off, as the records show it. */
  readonly id: string | null
  readonly kind: 'user' | 'anonymous' | 'admin' | 'unauthenticated'
  /** Groups and roles named by the verified token or the user's profile; empty when they name none. */
  readonly groups: readonly string[]
}
