import type { IncomingHttpHeaders } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { GatewayError } from '../protocol/errors.ts'
import type { User } from '../protocol/user.ts'
import { isObject, type JsonObject, parseJson } from '../runtime/json.ts'
import { invalidTokenError } from './auth-errors.ts'
import { decodeJwt } from './tokens/decode-jwt.ts'
import { toUser, type UserPolicy } from './tokens/verified-token.ts'

const maxHeaderLength = 32_768
const maxContextBytes = 65_536

/** The `authMethod` of a caller whose end-user token the platform has checked (`@cloudbase/functions-typings` 1.2.1).
 *  Its other values stand for servers, administrators and callers without a token. */
const userAuthMethod = 'TCB_OAUTH2_C'

/** Reads the user from `x-cloudbase-context`: JSON in base64, with or without gzip. The HTTP access service sets it on
 *  routes with authentication switched on. Use it with `AUTH_MODE=gateway` only: otherwise any client could send this
 *  header.
 *  @throws missing_credentials, invalid_access_token (401), permission_denied (403) */
export const getPlatformUser = (
  headers: IncomingHttpHeaders,
  { envId, policy }: { readonly envId: string; readonly policy: UserPolicy },
): User => {
  const header = headers['x-cloudbase-context']
  if (typeof header !== 'string' || header === '') {
    throw new GatewayError(
      401,
      'missing_credentials',
      'The platform sent no user. Switch authentication on for this route, and sign in.',
    )
  }
  const context = header.length > maxHeaderLength ? undefined : parseContext(header)
  if (context?.['envId'] !== envId || context['authMethod'] !== userAuthMethod) {
    throw invalidTokenError()
  }
  const { userId, accessToken, isAdministrator } = context
  const token = typeof accessToken === 'string' ? accessToken : headers.authorization?.slice('Bearer '.length)
  const tokenClaims = decodeJwt(token ?? '')?.claims ?? {}
  if (tokenClaims['sub'] !== undefined && tokenClaims['sub'] !== userId) throw invalidTokenError()
  const claims = { ...tokenClaims, sub: userId, ...(isAdministrator === true && { is_system_admin: true }) }
  return toUser(claims, {}, policy)
}

/** One value in base64. Node.js joins repeated headers and decodes no further than the first padding. So if the
 *  client's own header came first, it would count. */
const singleBase64Value = /^[\w+/-]+={0,2}$/

const parseContext = (header: string): JsonObject | undefined => {
  if (!singleBase64Value.test(header)) return undefined
  const bytes = Buffer.from(header, 'base64')
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  const value = parseJson((isGzip ? gunzip(bytes) : bytes).toString())
  return isObject(value) ? value : undefined
}

const gunzip = (bytes: Buffer): Buffer => {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxContextBytes })
  } catch {
    return Buffer.alloc(0)
  }
}
