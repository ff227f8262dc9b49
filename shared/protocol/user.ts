/** Who a request is from and who its usage is billed to. */
export interface User {
  /** CloudBase user id; null for the administrator and where authentication is switched off, as the records show it. */
  readonly id: string | null
  readonly kind: 'user' | 'anonymous' | 'admin' | 'unauthenticated'
  /** Groups and roles named by the verified token; empty when it names none. */
  readonly groups: readonly string[]
}
