import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createAdminKey } from '../../shared/auth/admin-key.ts'
import { type Authenticate, type AuthOptions, createAuthenticate } from '../../shared/auth/authenticate.ts'
import type { Identity } from '../../shared/auth/tokens/verified-token.ts'
import { GatewayError } from '../../shared/protocol/errors.ts'
import type { User } from '../../shared/protocol/user.ts'
import { type CloudBaseAuth, type Fault, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { rs256, signingKey } from '../../testing/stand-ins/token-maker.ts'
import { makeAuthOptions } from './make-auth-options.ts'
import { foreignToken } from './token-kinds.ts'

/** A key that the login service does not know. To make one takes a tenth of a second. */
const forger = signingKey('forger')

let auth: CloudBaseAuth
/** The gateway's clock, which tests put forward. */
let now = Date.now()

beforeEach(async () => {
  now = Date.now()
  auth = await startCloudBaseAuth()
})

afterEach(async () => {
  await auth.close()
})

const gateway = (changed: Partial<AuthOptions> = {}): Authenticate =>
  createAuthenticate(makeAuthOptions(auth, { now: () => now, ...changed }))

const identify = (authenticate: Authenticate, token: string): Promise<Identity> =>
  authenticate({ authorization: `Bearer ${token}` })

const getUser = async (authenticate: Authenticate, token: string): Promise<User> =>
  (await identify(authenticate, token)).user

/** The status and code of a rejection, or 200. */
const outcome = async (authenticate: Authenticate, token: string): Promise<string> => {
  try {
    await getUser(authenticate, token)
    return '200'
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    if (error.code === 'auth_unavailable') expect(error.options.headers).toHaveProperty('retry-after')
    return `${error.status} ${error.code}`
  }
}

const unavailable = '503 auth_unavailable'
const invalid = '401 invalid_access_token'

describe('a user', () => {
  test('has the id in the token, and the groups in token and profile', async () => {
    auth.users.set('u1', { groups: [{ id: 'staff' }] })
    const token = auth.token({ claims: { sub: 'u1', groups: ['old'], roles: ['editor'], role: 'authenticated' } })
    expect(await getUser(gateway(), token)).toEqual({
      id: 'u1',
      kind: 'user',
      groups: ['staff', 'authenticated', 'editor'],
    })
  })

  test('has the groups in the token if the profile has none', async () => {
    const token = auth.token({ claims: { groups: ['staff', { id: 'board' }, 7, ''] } })
    expect(await getUser(gateway(), token)).toMatchObject({ groups: ['staff', 'board'] })
  })

  test('may be anonymous if ALLOW_ANONYMOUS is set (R39)', async () => {
    const token = auth.token({ claims: { is_anonymous: true } })
    expect(await getUser(gateway({ allowAnonymous: true }), token)).toMatchObject({ kind: 'anonymous' })
  })

  test('is anonymous if only the profile says so', async () => {
    auth.users.set('u1', { is_anonymous: true })
    expect(await outcome(gateway(), auth.token({ claims: { sub: 'u1' } }))).toBe('403 permission_denied')
  })

  test('is rejected if the id is longer than records and limits can store', async () => {
    const withId = (length: number) => auth.token({ claims: { sub: 'u'.repeat(length) } })
    expect(await outcome(gateway(), withId(128))).toBe('200')
    expect(await outcome(gateway(), withId(129))).toBe(invalid)
  })

  test('is rejected if the id ends with a blank, which MySQL would take for another user', async () => {
    expect(await outcome(gateway(), auth.token({ claims: { sub: 'u 1' } }))).toBe('200')
    expect(await outcome(gateway(), auth.token({ claims: { sub: 'u1 ' } }))).toBe(invalid)
  })

  test('is rejected if the profile belongs to another user', async () => {
    auth.users.set('u1', { sub: 'u2' })
    expect(await outcome(gateway(), auth.token({ claims: { sub: 'u1' } }))).toBe(invalid)
  })
})

describe('a known token', () => {
  test('needs no call', async () => {
    const authenticate = gateway()
    const token = auth.token()
    await getUser(authenticate, token)
    for (let time = 0; time < 50; time++) await getUser(authenticate, token)
    expect(auth.calls).toMatchObject({ certs: 1, 'user/me': 1 })
  })

  test('is verified once for all requests that bring it at the same time', async () => {
    const authenticate = gateway()
    const token = auth.token()
    await Promise.all(Array.from({ length: 50 }, () => getUser(authenticate, token)))
    expect(auth.calls).toMatchObject({ certs: 1, 'user/me': 1 })
  })

  test('is checked again after AUTH_CACHE_TTL: a user blocked in between is rejected', async () => {
    const authenticate = gateway()
    const token = auth.token({ claims: { sub: 'u1' } })
    await getUser(authenticate, token)
    auth.users.set('u1', { status: 'BLOCKED' })
    now += 59_000
    expect(await outcome(authenticate, token)).toBe('200')
    now += 2_000
    expect(await outcome(authenticate, token)).toBe('403 permission_denied')
  })

  test('is checked again once it has expired', async () => {
    const authenticate = gateway()
    const token = auth.token({ claims: { exp: Math.floor(now / 1000) + 20 } })
    await getUser(authenticate, token)
    now += 21_000
    await getUser(authenticate, token)
    expect(auth.calls['user/me']).toBe(2)
  })

  test('is rejected as expired, so that clients refresh it, if the login service rejects it after its expiry', async () => {
    auth.users.set('u1', null)
    const token = auth.token({ claims: { sub: 'u1', exp: Math.floor(now / 1000) - 10 } })
    expect(await outcome(gateway(), token)).toBe('401 access_token_expired')
  })

  test('is rejected again without a call, but only for seconds', async () => {
    const authenticate = gateway()
    auth.users.set('u1', null)
    const token = auth.token({ claims: { sub: 'u1' } })
    expect(await outcome(authenticate, token)).toBe(invalid)
    auth.users.delete('u1')
    expect(await outcome(authenticate, token)).toBe(invalid)
    expect(auth.calls['user/me']).toBe(1)
    now += 5_001
    expect(await outcome(authenticate, token)).toBe('200')
  })

  test('is not evicted by a flood of forged tokens (R37)', async () => {
    const authenticate = gateway()
    const token = auth.token()
    await getUser(authenticate, token)
    for (let time = 0; time < 1_500; time++) await outcome(authenticate, `${token.slice(0, -8)}${10_000_000 + time}`)
    await getUser(authenticate, token)
    expect(auth.calls['user/me']).toBe(1)
  })
})

describe('an outage of the login service', () => {
  const faults: readonly Fault[] = ['down', 'error', 'busy', 'redirect', 'html', 'huge', 'hang']

  test.each(faults)('keeps cached keys in use if only the keys fail: %s', async (fault) => {
    const authenticate = gateway()
    await getUser(authenticate, auth.token())
    auth.faults.certs = fault
    now += 3_700_000
    const token = auth.token({ claims: { exp: Math.floor(now / 1000) + 60 } })
    expect(await outcome(authenticate, token)).toBe('200')
  })

  test.each(faults)('leaves a cold instance without keys to the account check: %s (R40)', async (fault) => {
    auth.faults.certs = fault
    auth.users.set('u2', null)
    const authenticate = gateway()
    expect(await outcome(authenticate, auth.token({ claims: { sub: 'u1' } }))).toBe('200')
    expect(await outcome(authenticate, auth.token({ claims: { sub: 'u2' } }))).toBe(invalid)
    expect(await outcome(authenticate, auth.token({ sign: rs256(forger.privateKey) }))).toBe(invalid)
    expect(await outcome(authenticate, auth.token({ claims: { aud: 'env-other' } }))).toBe(invalid)
    expect(await outcome(authenticate, auth.token({ claims: { iss: 'https://other.example.com' } }))).toBe(invalid)
    expect(await outcome(authenticate, auth.token({ claims: { exp: 1 } }))).toBe('401 access_token_expired')
    expect(await outcome(authenticate, auth.token({ claims: { role: 'service_role' } }))).toBe(invalid)
    expect(auth.calls['user/me']).toBe(3)
  })

  test.each(faults.filter((fault) => fault !== 'html' && fault !== 'huge'))(
    'is a 503, never access and never a 401, if keys and account check fail: %s',
    async (fault) => {
      auth.faults.certs = fault
      auth.faults['user/me'] = fault
      expect(await outcome(gateway(), auth.token())).toBe(unavailable)
    },
  )

  test.each(['down', 'error', 'hang'] as const)(
    'lets known tokens pass, new ones get a 503 and forged ones a 401, if only the account check fails: %s',
    async (fault) => {
      const authenticate = gateway()
      const known = auth.token()
      await getUser(authenticate, known)
      auth.faults['user/me'] = fault
      expect(await outcome(authenticate, known)).toBe('200')
      expect(await outcome(authenticate, auth.token())).toBe(unavailable)
      expect(await outcome(authenticate, auth.token({ sign: rs256(forger.privateKey) }))).toBe(invalid)
    },
  )

  test('is not cached: the next request calls again (R40)', async () => {
    auth.faults['user/me'] = 'down'
    const authenticate = gateway()
    const token = auth.token()
    expect(await outcome(authenticate, token)).toBe(unavailable)
    delete auth.faults['user/me']
    expect(await outcome(authenticate, token)).toBe('200')
  })

  test('is not caused by a slow response', async () => {
    auth.faults.certs = 100
    auth.faults['user/me'] = 100
    expect(await outcome(gateway(), auth.token())).toBe('200')
  })

  test('does not make every request of a cold instance fetch the keys', async () => {
    auth.faults.certs = 'error'
    const authenticate = gateway()
    for (let time = 0; time < 10; time++) await getUser(authenticate, auth.token())
    expect(auth.calls.certs).toBe(3)
    delete auth.faults.certs
    now += 10_001
    await getUser(authenticate, auth.token())
    await getUser(authenticate, auth.token())
    expect(auth.calls).toMatchObject({ certs: 4, 'user/me': 12 })
  })
})

describe('a new key', () => {
  const invent = (id: number): string => auth.token({ header: { kid: `made-up-${id}` }, sign: () => 'AAAA' })

  test('is fetched when its first token arrives', async () => {
    const authenticate = gateway({ timeoutMs: 10_000 })
    await getUser(authenticate, auth.token())
    auth.rotate()
    await Promise.all(Array.from({ length: 20 }, () => getUser(authenticate, auth.token())))
    expect(auth.calls.certs).toBe(2)
  })

  test('leaves its tokens to the login service if it cannot be fetched', async () => {
    const authenticate = gateway({ timeoutMs: 10_000 })
    await getUser(authenticate, auth.token())
    auth.rotate()
    auth.faults.certs = 'error'
    expect(await outcome(authenticate, auth.token())).toBe('200')
    expect(await outcome(authenticate, foreignToken(auth))).toBe(invalid)
    expect(await outcome(authenticate, foreignToken(auth))).toBe(invalid)
    expect(auth.calls.certs).toBe(3)
  })

  test('causes no fetch and, beyond a budget, no call to the login service if it is invented again and again', async () => {
    const authenticate = gateway({ timeoutMs: 10_000 })
    await getUser(authenticate, auth.token())
    const before = auth.calls['user/me']
    const outcomes = await Promise.all(Array.from({ length: 80 }, (_, time) => outcome(authenticate, invent(time))))
    expect([...new Set(outcomes)].sort()).toEqual([invalid, unavailable])
    expect(auth.calls.certs).toBeLessThanOrEqual(4)
    expect(auth.calls['user/me'] - before).toBeLessThanOrEqual(55)
    expect(await outcome(authenticate, auth.token())).toBe('200')
  })

  test('lets its tokens in while a flood of invented key ids has used up all budgets', async () => {
    const authenticate = gateway({ timeoutMs: 10_000 })
    await getUser(authenticate, auth.token())
    const flood = Array.from({ length: 100 }, (_, time) => outcome(authenticate, invent(time)))
    await Promise.race(flood)
    for (let time = 100; time < 103; time++) await outcome(authenticate, invent(time))
    auth.rotate()
    const forged = outcome(authenticate, invent(104))
    const good = Array.from({ length: 20 }, () => outcome(authenticate, auth.token()))
    expect(new Set(await Promise.all(good))).toEqual(new Set(['200']))
    expect(await forged).toBe(unavailable)
    await Promise.all(flood)
  })

  test('is dropped within an hour once it is withdrawn', async () => {
    const authenticate = gateway({ timeoutMs: 10_000 })
    const old = auth.token()
    await getUser(authenticate, old)
    auth.rotate()
    auth.withdrawOldKeys()
    now += 3_600_001
    expect(await outcome(authenticate, old)).toMatch(/^401/)
  })
})

describe('AUTH_MODE=remote', () => {
  test('verifies each token by a call, once per AUTH_CACHE_TTL, and never fetches keys', async () => {
    const authenticate = gateway({ mode: 'remote' })
    const token = auth.token({ claims: { sub: 'u1' } })
    expect(await getUser(authenticate, token)).toMatchObject({ id: 'u1', kind: 'user' })
    await getUser(authenticate, token)
    expect(auth.calls).toMatchObject({ certs: 0, 'user/me': 1 })
    now += 60_001
    await getUser(authenticate, token)
    expect(auth.calls['user/me']).toBe(2)
  })

  test.each([
    ['a publishable key', { sub: 'anon', role: 'anon' }, invalid],
    ['an API key', { role: 'service_role' }, invalid],
    ['a token of another environment', { aud: 'env-other' }, invalid],
    ['an expired token', { exp: 1 }, '401 access_token_expired'],
    ['an anonymous user', { is_anonymous: true }, '403 permission_denied'],
  ])('rejects %s that the login service would accept', async (_, claims, expected) => {
    expect(await outcome(gateway({ mode: 'remote' }), auth.token({ claims }))).toBe(expected)
  })

  test('bounds the calls that forged tokens cause, and locks no user out', async () => {
    const authenticate = gateway({ mode: 'remote' })
    const known = auth.token()
    await getUser(authenticate, known)
    const forge = () => auth.token({ sign: () => 'AAAA' })
    const forged = await Promise.all(Array.from({ length: 200 }, () => outcome(authenticate, forge())))
    expect([...new Set(forged)].sort()).toEqual([invalid, unavailable])
    expect(auth.calls['user/me']).toBeLessThanOrEqual(51)
    expect(await outcome(authenticate, auth.token())).toBe('200')
    now += 60_001
    for (let time = 0; time < 400; time++) await outcome(authenticate, forge())
    expect(await outcome(authenticate, known)).toBe('200')
  })

  test('needs no keys for any number of good tokens', async () => {
    const authenticate = gateway({ mode: 'remote' })
    for (let time = 0; time < 60; time++) expect(await outcome(authenticate, auth.token())).toBe('200')
    expect(auth.calls.certs).toBe(0)
  })

  test('rejects a 200 without a user', async () => {
    auth.users.set('u1', { sub: '' })
    expect(await outcome(gateway({ mode: 'remote' }), auth.token({ claims: { sub: 'u1' } }))).toBe(invalid)
  })
})

describe('the account check', () => {
  test('is skipped with AUTH_STATE_CHECK=off', async () => {
    const authenticate = gateway({ checkState: false })
    auth.users.set('u1', { status: 'BLOCKED' })
    expect(await outcome(authenticate, auth.token({ claims: { sub: 'u1' } }))).toBe('200')
    expect(auth.calls['user/me']).toBe(0)
  })
})

describe('the identity', () => {
  test('resolves once the signature holds, while the account is still checked', async () => {
    auth.faults['user/me'] = 'hang'
    const { user, isPending } = await identify(gateway(), auth.token())
    expect(isPending).toBe(true)
    await expect(user).rejects.toMatchObject({ code: 'auth_unavailable' })
  })

  test('is one for all requests that bring the same token at the same time', async () => {
    const authenticate = gateway()
    const token = auth.token()
    const [first, ...others] = await Promise.all(Array.from({ length: 5 }, () => identify(authenticate, token)))
    expect(new Set([first?.user, ...others.map(({ user }) => user)]).size).toBe(1)
    await first?.user
  })

  test('waits for no check if the token is known, or the account is not checked', async () => {
    const authenticate = gateway()
    const token = auth.token()
    await getUser(authenticate, token)
    expect(await identify(authenticate, token)).toMatchObject({ isPending: false })
    expect(await identify(gateway({ checkState: false }), token)).toMatchObject({ isPending: false })
    expect(await identify(gateway({ mode: 'remote' }), token)).toMatchObject({ isPending: false })
  })

  test('rejects a user of DENIED_USERS without a check of the account', async () => {
    const token = auth.token({ claims: { sub: 'u1' } })
    for (const mode of ['jwks', 'remote'] as const) {
      const authenticate = gateway({ mode, deniedUsers: new Set(['u1']) })
      await expect(identify(authenticate, token)).rejects.toMatchObject({ code: 'permission_denied' })
    }
    expect(auth.calls['user/me']).toBe(1)
  })

  test('leaves no rejection unhandled, even if no request awaits the user', async () => {
    const unhandled: unknown[] = []
    const collect = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', collect)
    auth.users.set('u1', { status: 'BLOCKED' })
    const authenticate = gateway()
    const token = auth.token({ claims: { sub: 'u1' } })
    await identify(authenticate, token)
    await wait(200)
    process.off('unhandledRejection', collect)
    expect(unhandled).toEqual([])
    expect(await outcome(authenticate, token)).toBe('403 permission_denied')
    expect(auth.calls['user/me']).toBe(1)
  })
})

describe('without authentication', () => {
  test('lets every request pass without a user id', async () => {
    expect(await (await gateway({ mode: 'disabled' })({})).user).toEqual({
      id: null,
      kind: 'unauthenticated',
      groups: [],
    })
  })

  test('lets only the administrator pass if it is misconfigured', async () => {
    const authenticate = gateway({ misconfigured: 'Set X.', adminKey: createAdminKey({ key: 'right' }) })
    expect(await outcome(authenticate, auth.token())).toBe('503 gateway_misconfigured')
    expect(await (await authenticate({ 'x-gateway-key': 'right' })).user).toEqual({
      id: 'admin',
      kind: 'admin',
      groups: [],
    })
  })
})
