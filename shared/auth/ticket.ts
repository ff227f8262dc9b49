import { createHmac, timingSafeEqual } from 'node:crypto'
import type { JsonObject } from '../runtime/json.ts'
import { expiredTokenError, invalidTokenError } from './auth-errors.ts'
import { decodeJwt, ticketType } from './tokens/decode-jwt.ts'
import { toIdentity, toUser, type UserPolicy, type VerifiedToken } from './tokens/verified-token.ts'

/** A user of a mini program, as the platform names them. */
export interface WechatUser {
  readonly appId: string
  readonly openId: string
}

/** What tickets are signed with. */
export interface TicketKeys {
  /** Each has 32 bytes or more. The first signs; all of them verify. Empty: there are no tickets. */
  readonly secrets: readonly string[]
  /** CloudBase environment id. A ticket is valid in one environment only. */
  readonly envId: string
}

/** Seconds for which a ticket is valid. */
export const ticketSeconds = 300

/** The longest validity that is accepted, in seconds, even if a ticket states more. */
const maxTicketSeconds = 600

/** How far the clocks of two instances may differ, in seconds. */
const ticketLeewaySeconds = 60

const issuer = 'llm-ticket'
const header = { alg: 'HS256', typ: ticketType }

/** The user id of a ticket: `wx:<appid>:<openid>`. */
const userId = /^wx:([\w-]{1,40}):[\w-]{1,80}$/

/** Whether an id is that of a ticket's user. Such a user has no account of CloudBase that could be looked up. */
export const isTicketUser = (id: string): boolean => userId.test(id)

/** Creates a ticket: a JWT in compact form (RFC 7515), signed with HMAC-SHA-256.
 *  @param now milliseconds since 1970
 *  @throws TypeError if there is no secret
 *  @throws invalid_access_token (401) if the platform's ids cannot be a user id */
export const createTicket = ({ appId, openId }: WechatUser, { secrets, envId }: TicketKeys, now: number): string => {
  const [secret] = secrets
  if (secret === undefined) throw new TypeError('A ticket needs a secret.')
  const sub = `wx:${appId}:${openId}`
  if (!userId.test(sub)) throw invalidTokenError()
  const iat = Math.floor(now / 1000)
  const claims = { iss: issuer, aud: envId, sub, iat, exp: iat + ticketSeconds }
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${sign(input, secret).toString('base64url')}`
}

/** The options of the verification. */
export interface VerifyTicketOptions extends TicketKeys {
  readonly policy: UserPolicy
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Verifies a ticket. Its user is in one group, `wx:<appid>`.
 *  @throws invalid_access_token, access_token_expired (401), permission_denied (403) */
export const verifyTicket = (token: string, { secrets, envId, policy, now }: VerifyTicketOptions): VerifiedToken => {
  const claims = verifySignature(token, secrets)
  const { iss, aud, sub, iat, exp } = claims
  const [, appId] = userId.exec(String(sub)) ?? []
  if (iss !== issuer || aud !== envId || appId === undefined) throw invalidTokenError()
  if (typeof iat !== 'number' || typeof exp !== 'number') throw invalidTokenError()
  const seconds = now() / 1000
  if (exp - iat > maxTicketSeconds || iat > seconds + ticketLeewaySeconds) throw invalidTokenError()
  if (exp <= seconds) throw expiredTokenError()
  const user = toUser({ sub, groups: [`wx:${appId}`] }, {}, policy)
  return { ...toIdentity(user), expiresAt: exp * 1000 }
}

/** Returns the claims of a ticket that one of the secrets has signed. The algorithm is fixed; the token cannot choose it.
 *  @throws invalid_access_token (401) */
const verifySignature = (token: string, secrets: readonly string[]): JsonObject => {
  const { header: given, claims } = decodeJwt(token) ?? {}
  if (given?.['alg'] !== header.alg || given['typ'] !== header.typ || given['crit'] !== undefined)
    throw invalidTokenError()
  const end = token.lastIndexOf('.')
  const signature = Buffer.from(token.slice(end + 1), 'base64url')
  const isSigned = secrets.map((secret) => isSame(signature, sign(token.slice(0, end), secret))).includes(true)
  if (!isSigned || claims === undefined) throw invalidTokenError()
  return claims
}

const isSame = (one: Buffer, other: Buffer): boolean => one.length === other.length && timingSafeEqual(one, other)

const sign = (input: string, secret: string): Buffer => createHmac('sha256', secret).update(input).digest()

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
