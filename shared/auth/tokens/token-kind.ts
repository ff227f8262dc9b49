import { isObject, type JsonObject } from '../../runtime/json.ts'

/** The kind of a verified token. Publishable keys, API keys and client credentials are JWTs of the same issuer, signed
 *  with the same keys. Only their claims differ from those of a user. */
export type TokenKind = 'user' | 'anonymous' | 'publishable_key' | 'server'

/** A claim value that marks a token as not belonging to a signed-in user. */
interface KindMark {
  readonly kind: Exclude<TokenKind, 'user'>
  /** Name of the claim, or of a field in it: `outer.inner`. */
  readonly claim: string
  /** The values that count, in lower case. They match one word (`word`), the start (`start`) or, by default, all of the
   *  claim. */
  readonly is: readonly string[]
  readonly by?: 'word' | 'start'
}

/** The marks, strongest first (CloudBase documentation, "CreateApiKey" and "PostgreSQL: JWT claims"; `@cloudbase/auth`
 *  3.3, `GetClaimsRes`). One is enough, because tokens of older environments lack some claims. */
const kindMarks: readonly KindMark[] = [
  { kind: 'publishable_key', claim: 'meta.platform', is: ['publishablekey'] },
  { kind: 'server', claim: 'meta.platform', is: ['apikey'] },
  { kind: 'server', claim: 'app_metadata.provider', is: ['apikey'] },
  { kind: 'server', claim: 'sub', is: ['service_account', 'service_role'] },
  { kind: 'server', claim: 'role', is: ['service_role'] },
  { kind: 'server', claim: 'roles', is: ['service_role'], by: 'word' },
  { kind: 'server', claim: 'client_type', is: ['client_server'], by: 'start' },
  { kind: 'server', claim: 'scope', is: ['server'], by: 'word' },
  { kind: 'server', claim: 'is_system_admin', is: ['true'] },
  { kind: 'publishable_key', claim: 'sub', is: ['anon'] },
  { kind: 'anonymous', claim: 'is_anonymous', is: ['true'] },
  { kind: 'anonymous', claim: 'role', is: ['anon'] },
  { kind: 'anonymous', claim: 'scope', is: ['anonymous'], by: 'word' },
  { kind: 'anonymous', claim: 'provider', is: ['anonymous'] },
  { kind: 'anonymous', claim: 'provider_type', is: ['anonymous'] },
  { kind: 'anonymous', claim: 'app_metadata.provider', is: ['anonymous'] },
]

/** Returns the kind of a token by its claims, or of a user by the profile from `GET /auth/v1/user/me`. */
export const getTokenKind = (claims: JsonObject): TokenKind => {
  for (const { mark, outer, inner } of markPaths) {
    const value = claims[outer]
    if (value === undefined) continue
    if (isMarked(mark, inner === undefined ? value : isObject(value) && value[inner])) return mark.kind
  }
  return 'user'
}

/** The marks with their claim paths split once. */
const markPaths = kindMarks.map((mark) => {
  const [outer = '', inner] = mark.claim.split('.')
  return { mark, outer, inner }
})

const isMarked = ({ is, by }: KindMark, value: unknown): boolean => {
  const text = toMarkText(value).toLowerCase()
  if (by === 'start') return is.some((start) => text.startsWith(start))
  if (by === 'word') return text.split(/[\s,]+/).some((word) => is.includes(word))
  return is.includes(text)
}

/** Joins a list of strings with spaces. An object never matches a mark. */
const toMarkText = (value: unknown): string => {
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string').join(' ')
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : ''
}
