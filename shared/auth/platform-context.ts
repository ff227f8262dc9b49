import type { IncomingHttpHeaders } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { GatewayError } from '../protocol/errors.ts'
import type { User } from '../protocol/user.ts'
import { isObject, type JsonObject, parseJson } from '../runtime/json.ts'
import { invalidTokenError } from './auth-errors.ts'
import { decodeJwt } from './decode-jwt.ts'
import { type Admission, admitUser, toVerifiedToken } from './verified-token.ts'

const maxHeaderLength = 32_768
const maxContextBytes = 65_536

/** How the platform says that an end user's token was checked (`@cloudbase/functions-typings` 1.2.1, `authMethod`); its other
 *  values stand for servers, administrators, or nobody. */
const userAuthMethod = 'TCB_OAUTH2_C'

/** Reads the user from `x-cloudbase-context`, which the HTTP access service sets where a route has authentication switched on:
 *  JSON, base64, with or without gzip. Only for `AUTH_MODE=gateway`: elsewhere any client could send this header.
 *  @throws missing_credentials, invalid_access_token (401), permission_denied (403) */
export const getPlatformUser = (
  headers: IncomingHttpHeaders,
  { envId, admission }: { readonly envId: string; readonly admission: Admission },
): User => {
  const header = headers['x-cloudbase-context']
  if (typeof header !== 'string' || header === '') {
    throw new GatewayError(
      401,
      'missing_credentials',
      'The platform named no user. Switch authentication on for this route, and sign in.',
    )
  }
  const context = header.length > maxHeaderLength ? undefined : parseContext(header)
  if (context?.['envId'] !== envId || context['authMethod'] !== userAuthMethod) {
    throw invalidTokenError()
  }
  const { userId, accessToken, isAdministrator } = context
  const token = typeof accessToken === 'string' ? accessToken : headers.authorization?.slice('Bearer '.length)
  const said = decodeJwt(token ?? '')?.claims ?? {}
  if (said['sub'] !== undefined && said['sub'] !== userId) throw invalidTokenError()
  if (isAdministrator === true) said['is_system_admin'] = true
  const claims = { ...said, sub: userId }
  return toVerifiedToken(claims, {}, [admitUser(said, admission), admitUser(claims, admission)]).user
}

/** One value in base64. Node.js reads no further than its padding, so that of two headers, joined, the client's would count where it
 *  comes first. */
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
