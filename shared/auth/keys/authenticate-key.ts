import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError, isGatewayError } from '../../protocol/errors.ts'
import type { User } from '../../protocol/user.ts'
import { anonymousUserError, authUnavailableError, userBlockedError } from '../auth-errors.ts'
import type { Connection } from '../authenticate.ts'
import type { FoundUser } from '../find-user.ts'
import { createTokenCache } from '../tokens/token-cache.ts'
import { type Identity, toIdentity, type VerifiedToken } from '../tokens/verified-token.ts'
import { isWithin } from './addresses.ts'
import type { KeyBook, OwnedKey } from './key-book.ts'
import { getKeyStatus } from './key-record.ts'
import { isKeyText } from './key-text.ts'

/** The sender of a request, as the connection and the headers tell it. */
export interface KeyRequest {
  readonly headers: IncomingHttpHeaders
  readonly connection?: Connection | undefined
}

/** Authenticates a request by its key.
 *  @throws invalid_api_key (401), permission_denied (403), auth_unavailable, gateway_misconfigured (503) */
export type AuthenticateKey = (text: string, request: KeyRequest) => Promise<Identity>

/** The options of {@link createAuthenticateKey}. */
export interface KeyAuthOptions {
  readonly book: Pick<KeyBook, 'find'>
  /** Looks up the owner of a key. Undefined: the state of accounts is not checked. */
  readonly findOwner: ((user: string) => Promise<FoundUser | undefined>) | undefined
  readonly deniedUsers: ReadonlySet<string>
  /** Whether requests of web pages may carry keys. */
  readonly fromBrowsers: boolean
  /** The header in which the nearest proxy writes the client's address, last in a list. Undefined: there is no proxy. */
  readonly addressHeader: string | undefined
  /** The endpoint that is called. Undefined: it is open to each key. */
  readonly endpoint: string | undefined
  /** How long a verdict is cached, in milliseconds; at most a minute. */
  readonly cacheTtlMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The longest time that a key works after it was revoked, in milliseconds. */
const maxTtlMs = 60_000

/** Creates the authentication by keys. A text that cannot be a key is refused at once. The verdict on a key is cached, as
 *  that on a login token is. Browser and address are checked with each request. */
export const createAuthenticateKey = (options: KeyAuthOptions): AuthenticateKey => {
  const { fromBrowsers, now } = options
  const ttlMs = Math.min(options.cacheTtlMs, maxTtlMs)
  const verify = createTokenCache((text) => verifyKey(text, now() + ttlMs, options), { ttlMs, now })
  return async (text, request) => {
    if (request.headers.origin !== undefined && !fromBrowsers) throw browserError()
    if (!isKeyText(text)) throw malformedKeyError()
    const user = await (await verify(text)).user
    requireEndpoint(user, options.endpoint)
    requireAddress(user, request, options.addressHeader)
    return toIdentity(user)
  }
}

/** @param until when the verdict ends: the store may have been read long before the owner's account was */
const verifyKey = async (text: string, until: number, options: KeyAuthOptions): Promise<VerifiedToken> => {
  const found = await options.book.find(text).catch(rethrowAs(storeUnavailableError))
  if (!found) throw unknownKeyError()
  const { record, user } = found
  const status = getKeyStatus(record, options.now())
  if (status !== 'active') throw endedKeyError(status)
  await checkOwner(user, options)
  const expiry = record.expires_at === null ? until : record.expires_at * 1_000
  return { ...toIdentity(toKeyUser(found)), expiresAt: Math.min(until, expiry) }
}

/** A look-up without a status shows only that the account exists (docs/keys.md). */
const checkOwner = async (user: string, { deniedUsers, findOwner }: KeyAuthOptions): Promise<void> => {
  if (deniedUsers.has(user)) throw userBlockedError()
  if (!findOwner) return
  const owner = await findOwner(user).catch(rethrowAs(authUnavailableError))
  if (!owner || (owner.status ?? 'ACTIVE') !== 'ACTIVE') throw userBlockedError()
  if (owner.isAnonymous) throw anonymousUserError()
}

const rethrowAs =
  (toError: (cause: unknown) => GatewayError) =>
  (cause: unknown): never => {
    throw isGatewayError(cause) ? cause : toError(cause)
  }

const storeUnavailableError = (cause: unknown): GatewayError =>
  new GatewayError(503, 'auth_unavailable', 'The store of keys did not respond. Try again in a few seconds.', {
    headers: { 'retry-after': '5' },
    cause,
  })

const toKeyUser = ({ user, record }: OwnedKey): User => {
  const { id, groups, models, endpoints, addresses, points, window } = record
  const bound = points === null || window === null ? null : { limit: points, window }
  return { id: user, kind: 'user', groups, key: { id, models, endpoints, addresses, points: bound } }
}

/** Returns the address that the nearest proxy saw: what stands before it in the header, a client may have invented. */
const getClientAddress = ({ headers, connection }: KeyRequest, header: string | undefined): string => {
  const value = header === undefined ? undefined : headers[header]
  const text = Array.isArray(value) ? value.join(',') : value
  return text?.split(',').pop()?.trim() || (connection?.remoteAddress ?? '')
}

const requireEndpoint = ({ key }: User, endpoint: string | undefined): void => {
  if (endpoint === undefined || !key?.endpoints || key.endpoints.includes(endpoint)) return
  const message = `This key may not use '${endpoint}'. It may use ${key.endpoints.join(', ')}.`
  throw new GatewayError(403, 'permission_denied', message)
}

const requireAddress = ({ key }: User, request: KeyRequest, header: string | undefined): void => {
  if (!key?.addresses) return
  const address = getClientAddress(request, header)
  if (isWithin(key.addresses, address)) return
  const seen = /^[\da-f.:[\]]{2,60}$/i.test(address) ? address : 'an unknown address'
  throw new GatewayError(403, 'permission_denied', `This key may not be used from ${seen}. Call from its own network.`)
}

const malformedKeyError = (): GatewayError =>
  new GatewayError(
    401,
    'invalid_api_key',
    'This is no key of this gateway, or a part of it is missing. Copy the whole key, or make a new one.',
  )

const unknownKeyError = (): GatewayError =>
  new GatewayError(401, 'invalid_api_key', 'This gateway does not know this key. Make a new one.')

const endedKeyError = (status: 'revoked' | 'expired'): GatewayError =>
  new GatewayError(
    401,
    'invalid_api_key',
    status === 'revoked' ? 'This key was revoked. Make a new one.' : 'This key has expired. Make a new one.',
  )

const browserError = (): GatewayError =>
  new GatewayError(
    403,
    'permission_denied',
    'A key must not be in a web page, where every visitor can read it. Send the login token of the user there.',
  )
