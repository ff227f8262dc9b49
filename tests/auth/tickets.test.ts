import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createAdminKey } from '../../shared/auth/admin-key.ts'
import { type AuthOptions, createAuthenticate } from '../../shared/auth/authenticate.ts'
import { createTicket, type WechatUser } from '../../shared/auth/ticket.ts'
import { GatewayError } from '../../shared/protocol/errors.ts'
import type { User } from '../../shared/protocol/user.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { rs256 } from '../../testing/stand-ins/token-maker.ts'
import { makeAuthOptions } from './make-auth-options.ts'

const secret = 'the-first-secret-of-the-test-0123456789'
const nextSecret = 'the-second-secret-of-the-test-0123456789'
const user: WechatUser = { appId: 'wx0123456789abcdef', openId: 'oUser-1_2' }
const userId = 'wx:wx0123456789abcdef:oUser-1_2'

let auth: CloudBaseAuth
let now = Date.now()

beforeAll(async () => {
  auth = await startCloudBaseAuth()
})

afterAll(async () => {
  await auth.close()
})

beforeEach(() => {
  now = Date.now()
})

const makeOptions = (changed: Partial<AuthOptions>): AuthOptions => {
  const adminKey = createAdminKey({ key: 'the-admin-key-of-the-test' })
  return makeAuthOptions(auth, { adminKey, ticketSecrets: [secret], now: () => now, ...changed })
}

type Headers = Readonly<Record<string, string>>

const getUser = async (headers: Headers, changed: Partial<AuthOptions> = {}): Promise<User> =>
  (await createAuthenticate(makeOptions(changed))(headers)).user

/** The status and code of a rejection, or the user's id. */
const outcome = async (headers: Headers, changed: Partial<AuthOptions> = {}): Promise<string | null> => {
  try {
    return (await getUser(headers, changed)).id
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return `${error.status} ${error.code}`
  }
}

const ticket = (changed: { secrets?: string[]; envId?: string } = {}): string =>
  createTicket(user, { secrets: [secret], envId: auth.envId, ...changed }, now)

const own = (token: string): Headers => ({ 'x-gateway-token': token })
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })

const invalid = '401 invalid_access_token'
const expired = '401 access_token_expired'

const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/** A ticket with changed parts, signed with the right secret unless `sign` is given. */
const forge = ({
  header = {},
  claims = {},
  sign = (input: string) => createHmac('sha256', secret).update(input).digest('base64url'),
}: {
  header?: object
  claims?: object
  sign?: (input: string) => string
}): string => {
  const iat = Math.floor(now / 1000)
  const good = { iss: 'llm-ticket', aud: auth.envId, sub: userId, iat, exp: iat + 300 }
  const input = `${encode({ alg: 'HS256', typ: 'ticket+jwt', ...header })}.${encode({ ...good, ...claims })}`
  return `${input}.${sign(input)}`
}

describe('a ticket', () => {
  test.each(['jwks', 'remote', 'gateway'] as const)('is a user of its own group with AUTH_MODE=%s', async (mode) => {
    const expected = { id: userId, kind: 'user', groups: ['wx:wx0123456789abcdef'] }
    expect(await getUser(bearer(ticket()), { mode })).toEqual(expected)
    expect(await getUser(own(ticket()), { mode })).toEqual(expected)
    expect(await getUser(own(`Bearer ${ticket()}`), { mode })).toEqual(expected)
    expect(auth.calls).toMatchObject({ certs: 0, 'user/me': 0, introspect: 0 })
  })

  test('is what the forgeries below change one part of', async () => {
    expect(await outcome(own(forge({})))).toBe(userId)
  })

  test('is a token of five minutes, then expired, so that clients fetch a new one (R98)', async () => {
    const token = ticket()
    now += 299_000
    expect(await outcome(own(token))).toBe(userId)
    now += 1_001
    expect(await outcome(own(token))).toBe(expired)
  })

  test('is expired in an instance that has it in its cache, too', async () => {
    const authenticate = createAuthenticate(makeOptions({ cacheTtlMs: 300_000 }))
    const token = ticket()
    now += 100_000
    await (await authenticate(own(token))).user
    now += 200_001
    await expect(authenticate(own(token))).rejects.toMatchObject({ code: 'access_token_expired' })
  })

  test('is accepted by any secret of the list and signed by the first, so a new secret goes first', async () => {
    const ticketSecrets = [nextSecret, secret]
    expect(await outcome(own(ticket()), { ticketSecrets })).toBe(userId)
    expect(await outcome(own(ticket({ secrets: ticketSecrets })), { ticketSecrets })).toBe(userId)
    expect(await outcome(own(ticket({ secrets: ticketSecrets })), { ticketSecrets: [nextSecret] })).toBe(userId)
    expect(await outcome(own(ticket()), { ticketSecrets: [nextSecret] })).toBe(invalid)
  })

  test('is refused to a user in DENIED_USERS', async () => {
    expect(await outcome(own(ticket()), { deniedUsers: new Set([userId]) })).toBe('403 permission_denied')
  })

  test('is not made of ids that cannot be a user id', () => {
    const keys = { secrets: [secret], envId: auth.envId }
    for (const openId of ['', 'o 1', 'o:1', 'o,1', 'o\n1', 'o'.repeat(81)])
      expect(() => createTicket({ ...user, openId }, keys, now)).toThrow(GatewayError)
  })

  test('is nothing without TICKET_SECRET', async () => {
    expect(await outcome(own(ticket()), { ticketSecrets: [] })).toBe(invalid)
    expect(await outcome(own(ticket()), { ticketSecrets: [], mode: 'gateway' })).toBe('401 missing_credentials')
  })
})

describe.each(['jwks', 'remote', 'gateway'] as const)('with AUTH_MODE=%s, a forged ticket is refused', (mode) => {
  test.each<[string, () => string]>([
    ['another secret', () => ticket({ secrets: [nextSecret] })],
    ['another environment', () => ticket({ envId: 'env-other' })],
    ['a list of environments', () => forge({ claims: { aud: [auth.envId, 'env-other'] } })],
    ['no environment', () => forge({ claims: { aud: undefined } })],
    ['another issuer', () => forge({ claims: { iss: auth.origin } })],
    ['no signature', () => forge({ sign: () => '' })],
    ['a signature cut short', () => forge({}).slice(0, -4)],
    ['alg none', () => forge({ header: { alg: 'none' }, sign: () => '' })],
    ['alg none with a signature', () => forge({ header: { alg: 'none' } })],
    ['alg HS512', () => forge({ header: { alg: 'HS512' } })],
    [
      'HS512 all through',
      () =>
        forge({
          header: { alg: 'HS512' },
          sign: (input) => createHmac('sha512', secret).update(input).digest('base64url'),
        }),
    ],
    [
      'the environment’s RSA key',
      () => forge({ header: { alg: 'RS256', kid: auth.key().kid }, sign: rs256(auth.key().privateKey) }),
    ],
    [
      'the public key as the secret',
      () =>
        forge({ sign: (input) => createHmac('sha256', String(auth.key().jwk['n'])).update(input).digest('base64url') }),
    ],
    ['a critical extension', () => forge({ header: { crit: ['exp'] } })],
    ['no expiry', () => forge({ claims: { exp: undefined } })],
    ['an expiry as text', () => forge({ claims: { exp: '9999999999' } })],
    ['a long validity', () => forge({ claims: { exp: Math.floor(now / 1000) + 86_400 } })],
    [
      'a start in the future',
      () => forge({ claims: { iat: Math.floor(now / 1000) + 300, exp: Math.floor(now / 1000) + 600 } }),
    ],
    ['the id of a CloudBase user', () => forge({ claims: { sub: '1900000000000000001' } })],
    ['the id of the administrator', () => forge({ claims: { sub: 'admin' } })],
    ['an id with a comma', () => forge({ claims: { sub: `${userId},u2` } })],
    ['no id', () => forge({ claims: { sub: undefined } })],
    ['an empty secret', () => forge({ sign: (input) => createHmac('sha256', '').update(input).digest('base64url') })],
  ])('for %s (R98)', async (_, make) => {
    expect(await outcome(own(make()), { mode })).toBe(invalid)
    expect(await outcome(bearer(make()), { mode })).toBe(invalid)
  })

  test('and causes no call of the login service', () => {
    expect(auth.calls).toMatchObject({ certs: 0, 'user/me': 0, introspect: 0 })
  })
})

describe('the claims of a ticket', () => {
  test('cannot add groups or a role', async () => {
    const token = forge({ claims: { groups: ['staff'], roles: ['editor'], role: 'service_role' } })
    expect(await getUser(own(token))).toMatchObject({ kind: 'user', groups: ['wx:wx0123456789abcdef'] })
  })
})

describe('two headers with tokens', () => {
  test('are one if they are equal', async () => {
    const token = ticket()
    expect(await outcome({ ...bearer(token), ...own(token) })).toBe(userId)
  })

  test('are refused if they differ', async () => {
    expect(await outcome({ ...bearer(auth.token()), ...own(ticket()) })).toBe(invalid)
    expect(await outcome({ ...bearer('sk-of-another-service'), ...own(ticket()) })).toBe(invalid)
  })

  test.each<[string, () => string]>([
    ['a publishable key', () => `Bearer ${auth.token({ claims: { sub: 'anon', role: 'anon' } })}`],
    ['a server’s token', () => `Bearer ${auth.token({ claims: { sub: 'service_account', scope: 'server' } })}`],
    ['another scheme', () => 'TC3-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c'],
  ])('are no conflict if the platform has put %s into Authorization', async (_, authorization) => {
    expect(await outcome({ authorization: authorization(), ...own(ticket()) })).toBe(userId)
  })

  test('do not let a server’s token pass by itself', async () => {
    expect(await outcome(bearer(auth.token({ claims: { sub: 'service_account' } })))).toBe(invalid)
    expect(await outcome(own(auth.token({ claims: { sub: 'service_account' } })))).toBe(invalid)
  })

  test('hold a CloudBase token in X-Gateway-Token as well', async () => {
    expect(await outcome(own(auth.token({ claims: { sub: 'u1' } })))).toBe('u1')
  })

  test('are refused if X-Gateway-Token was sent twice, and ignored if it is empty', async () => {
    expect(await outcome(own(`${ticket()}, ${ticket()}`))).toBe(invalid)
    expect(await outcome(own(' '))).toBe('401 missing_credentials')
    expect(await outcome({ ...bearer(ticket()), ...own('') })).toBe(userId)
    expect(await outcome(own('x'.repeat(8_193)))).toBe(invalid)
  })

  test('leave a wrong admin key to the token beside it', async () => {
    expect(await outcome({ 'x-gateway-key': 'wrong', ...own(ticket()) })).toBe(userId)
    expect(await outcome({ 'x-gateway-key': 'wrong' })).toBe('401 invalid_admin_key')
  })
})
