import { isObject, type JsonObject } from '../protocol/json.ts'

/** What a verified token stands for. Publishable keys, API keys and client credentials are JWTs of the same issuer, signed
 *  with the same keys: only their claims tell them from a user's. */
export type TokenKind = 'user' | 'anonymous' | 'publishable_key' | 'server'

/** One mark by which a token is no signed-in user's. */
interface Mark {
  readonly kind: Exclude<TokenKind, 'user'>
  /** Path of the claim. */
  readonly claim: string
  /** Values that mark it, in lower case; `word`: one of its words, `start`: how it begins, default: the whole value. */
  readonly is: readonly string[]
  readonly by?: 'word' | 'start'
}

/** The marks, strongest first (CloudBase documentation, "CreateApiKey" and "PostgreSQL: JWT claims"; `@cloudbase/auth` 3.3,
 *  `GetClaimsRes`). Any one is enough, because older environments leave claims out. */
const marks: readonly Mark[] = [
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

/** Tells what the token with these claims stands for; also reads a profile of `GET /auth/v1/user/me`. */
export const classify = (claims: JsonObject): TokenKind => marks.find((mark) => isMarked(mark, claims))?.kind ?? 'user'

const isMarked = ({ claim, is, by }: Mark, claims: JsonObject): boolean => {
  const value = valueAt(claims, claim)
  if (value === undefined) return false
  const text = textOf(value).toLowerCase()
  if (by === 'start') return is.some((start) => text.startsWith(start))
  if (by === 'word') return text.split(/[\s,]+/).some((word) => is.includes(word))
  return is.includes(text)
}

/** Lists as words; an object is no mark. */
const textOf = (value: unknown): string => {
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string').join(' ')
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : ''
}

/** The value of a claim, or of one within it: paths have one dot at most. */
const valueAt = (claims: JsonObject, path: string): unknown => {
  const dot = path.indexOf('.')
  if (dot < 0) return claims[path]
  const outer = claims[path.slice(0, dot)]
  return isObject(outer) ? outer[path.slice(dot + 1)] : undefined
}
