import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createAdminKey } from '../../shared/auth/admin-key.ts'
import { type Authenticate, type AuthOptions, createAuthenticate } from '../../shared/auth/authenticate.ts'
import { GatewayError } from '../../shared/protocol/errors.ts'
import type { User } from '../../shared/protocol/user.ts'
import { type CloudBaseAuth, type Fault, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { rs256, signingKey } from '../../testing/stand-ins/token-maker.ts'
import { foreignToken } from './token-kinds.ts'

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
  createAuthenticate({
    mode: 'jwks',
    misconfigured: undefined,
    envId: auth.envId,
    region: 'ap-shanghai',
    origin: auth.origin,
    checkState: true,
    credentials: undefined,
    allowAnonymous: false,
    cacheTtlMs: 60_000,
    deniedUsers: new Set(),
    adminKey: createAdminKey({ key: undefined }),
    timeoutMs: 400,
    now: () => now,
    ...changed,
  })

const identify = (authenticate: Authenticate, token: string): Promise<User> =>
  authenticate({ authorization: `Bearer ${token}` })

/** The status and code of a refusal, or 200. */
const outcome = async (authenticate: Authenticate, token: string): Promise<string> => {
  try {
    await identify(authenticate, token)
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
  test('has the id of the token, and the groups of token and profile', async () => {
    auth.users.set('u1', { groups: [{ id: 'staff' }] })
    const token = auth.token({ claims: { sub: 'u1', groups: ['old'], roles: ['editor'], role: 'authenticated' } })
    expect(await identify(gateway(), token)).toEqual({
      id: 'u1',
      kind: 'user',
      groups: ['staff', 'authenticated', 'editor'],
    })
  })

  test('has the token’s groups where the profile names none', async () => {
    const token = auth.token({ claims: { groups: ['staff', { id: 'board' }, 7, ''] } })
    expect(await identify(gateway(), token)).toMatchObject({ groups: ['staff', 'board'] })
  })

  test('may be anonymous where that is allowed (R39)', async () => {
    const token = auth.token({ claims: { is_anonymous: true } })
    expect(await identify(gateway({ allowAnonymous: true }), token)).toMatchObject({ kind: 'anonymous' })
  })

  test('who is anonymous by the profile alone is anonymous', async () => {
    auth.users.set('u1', { is_anonymous: true })
    expect(await outcome(gateway(), auth.token({ claims: { sub: 'u1' } }))).toBe('403 permission_denied')
  })

  test('whose id is longer than records and limits can hold is refused before anything is done', async () => {
    const withId = (length: number) => auth.token({ claims: { sub: 'u'.repeat(length) } })
    expect(await outcome(gateway(), withId(128))).toBe('200')
    expect(await outcome(gateway(), withId(129))).toBe(invalid)
  })

  test('whose profile is another user’s is refused', async () => {
    auth.users.set('u1', { sub: 'u2' })
    expect(await outcome(gateway(), auth.token({ claims: { sub: 'u1' } }))).toBe(invalid)
  })
})

describe('a token seen before', () => {
  test('costs no call', async () => {
    const authenticate = gateway()
    const token = auth.token()
    await identify(authenticate, token)
    for (let time = 0; time < 50; time++) await identify(authenticate, token)
    expect(auth.calls).toMatchObject({ certs: 1, 'user/me': 1 })
  })

  test('is verified once for all who bring it at the same time', async () => {
    const authenticate = gateway()
    const token = auth.token()
    await Promise.all(Array.from({ length: 50 }, () => identify(authenticate, token)))
    expect(auth.calls).toMatchObject({ certs: 1, 'user/me': 1 })
  })

  test('is asked about again after AUTH_CACHE_TTL: a user blocked meanwhile is out', async () => {
    const authenticate = gateway()
    const token = auth.token({ claims: { sub: 'u1' } })
    await identify(authenticate, token)
    auth.users.set('u1', { status: 'BLOCKED' })
    now += 59_000
    expect(await outcome(authenticate, token)).toBe('200')
    now += 2_000
    expect(await outcome(authenticate, token)).toBe('403 permission_denied')
  })

  test('is not believed past its own end', async () => {
    const authenticate = gateway()
    const token = auth.token({ claims: { exp: Math.floor(now / 1000) + 20 } })
    await identify(authenticate, token)
    now += 21_000
    await identify(authenticate, token)
    expect(auth.calls['user/me']).toBe(2)
  })

  test('is refused again without a call, but only for seconds', async () => {
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

  test('is not driven out by a flood of forged ones (R37)', async () => {
    const authenticate = gateway()
    const token = auth.token()
    await identify(authenticate, token)
    for (let time = 0; time < 1_500; time++) await outcome(authenticate, `${token.slice(0, -8)}${10_000_000 + time}`)
    await identify(authenticate, token)
    expect(auth.calls['user/me']).toBe(1)
  })
})

describe('an outage', () => {
  const faults: readonly Fault[] = ['down', 'error', 'busy', 'redirect', 'html', 'huge', 'hang']

  test.each(faults)('of the keys alone, %s: warm keys go on working', async (fault) => {
    const authenticate = gateway()
    await identify(authenticate, auth.token())
    auth.faults.certs = fault
    now += 3_700_000
    const token = auth.token({ claims: { exp: Math.floor(now / 1000) + 60 } })
    expect(await outcome(authenticate, token)).toBe('200')
  })

  test.each(faults)('of the keys alone, %s, on a cold instance: the auth service decides (R40)', async (fault) => {
    auth.faults.certs = fault
    auth.users.set('u2', null)
    const authenticate = gateway()
    expect(await outcome(authenticate, auth.token({ claims: { sub: 'u1' } }))).toBe('200')
    expect(await outcome(authenticate, auth.token({ claims: { sub: 'u2' } }))).toBe(invalid)
    expect(await outcome(authenticate, auth.token({ sign: rs256(signingKey('x').privateKey) }))).toBe(invalid)
    expect(await outcome(authenticate, auth.token({ claims: { aud: 'env-other' } }))).toBe(invalid)
    expect(await outcome(authenticate, auth.token({ claims: { iss: 'https://other.example.com' } }))).toBe(invalid)
    expect(await outcome(authenticate, auth.token({ claims: { exp: 1 } }))).toBe('401 access_token_expired')
    expect(await outcome(authenticate, auth.token({ claims: { role: 'service_role' } }))).toBe(invalid)
    expect(auth.calls['user/me']).toBe(3)
  })

  test.each(faults.filter((fault) => fault !== 'html' && fault !== 'huge'))(
    'of keys and auth service, %s: 503, never open, never 401',
    async (fault) => {
      auth.faults.certs = fault
      auth.faults['user/me'] = fault
      expect(await outcome(gateway(), auth.token())).toBe(unavailable)
    },
  )

  test.each(['down', 'error', 'hang'] as const)(
    'of the auth service alone, %s: known tokens go on, new ones get 503, forged ones 401',
    async (fault) => {
      const authenticate = gateway()
      const known = auth.token()
      await identify(authenticate, known)
      auth.faults['user/me'] = fault
      expect(await outcome(authenticate, known)).toBe('200')
      expect(await outcome(authenticate, auth.token())).toBe(unavailable)
      expect(await outcome(authenticate, auth.token({ sign: rs256(signingKey('x').privateKey) }))).toBe(invalid)
    },
  )

  test('is not remembered: the next request asks again (R40)', async () => {
    auth.faults['user/me'] = 'down'
    const authenticate = gateway()
    const token = auth.token()
    expect(await outcome(authenticate, token)).toBe(unavailable)
    delete auth.faults['user/me']
    expect(await outcome(authenticate, token)).toBe('200')
  })

  test('of a slow auth service is none', async () => {
    auth.faults.certs = 100
    auth.faults['user/me'] = 100
    expect(await outcome(gateway(), auth.token())).toBe('200')
  })

  test('does not send every request of a cold instance after the keys', async () => {
    auth.faults.certs = 'error'
    const authenticate = gateway()
    for (let time = 0; time < 10; time++) await identify(authenticate, auth.token())
    expect(auth.calls.certs).toBe(3)
    delete auth.faults.certs
    now += 10_001
    await identify(authenticate, auth.token())
    await identify(authenticate, auth.token())
    expect(auth.calls).toMatchObject({ certs: 4, 'user/me': 12 })
  })
})

describe('a new key', () => {
  test('is fetched when its first token comes', async () => {
    const authenticate = gateway()
    await identify(authenticate, auth.token())
    auth.rotate()
    await Promise.all(Array.from({ length: 20 }, () => identify(authenticate, auth.token())))
    expect(auth.calls.certs).toBe(2)
  })

  test('that cannot be fetched now is the auth service’s to judge', async () => {
    const authenticate = gateway()
    await identify(authenticate, auth.token())
    auth.rotate()
    auth.faults.certs = 'error'
    expect(await outcome(authenticate, auth.token())).toBe('200')
    expect(await outcome(authenticate, foreignToken(auth))).toBe(invalid)
    expect(await outcome(authenticate, foreignToken(auth))).toBe(invalid)
    expect(auth.calls.certs).toBe(3)
  })

  test('made up again and again reaches neither the keys nor, beyond a budget, the auth service', async () => {
    const authenticate = gateway()
    await identify(authenticate, auth.token())
    const before = auth.calls['user/me']
    const answers = new Set<string>()
    for (let time = 0; time < 80; time++) {
      answers.add(await outcome(authenticate, auth.token({ header: { kid: `made-up-${time}` }, sign: () => 'AAAA' })))
    }
    expect([...answers].sort()).toEqual([invalid, unavailable])
    expect(auth.calls.certs).toBe(3)
    expect(auth.calls['user/me'] - before).toBeLessThanOrEqual(55)
    expect(await outcome(authenticate, auth.token())).toBe('200')
  })

  test('that was withdrawn is gone an hour later', async () => {
    const authenticate = gateway()
    const old = auth.token()
    await identify(authenticate, old)
    auth.rotate()
    auth.withdrawOldKeys()
    now += 3_600_001
    expect(await outcome(authenticate, old)).toMatch(/^401/)
  })
})

describe('AUTH_MODE=remote', () => {
  test('asks the auth service about each token, once per AUTH_CACHE_TTL, and never for keys', async () => {
    const authenticate = gateway({ mode: 'remote' })
    const token = auth.token({ claims: { sub: 'u1' } })
    expect(await identify(authenticate, token)).toMatchObject({ id: 'u1', kind: 'user' })
    await identify(authenticate, token)
    expect(auth.calls).toMatchObject({ certs: 0, 'user/me': 1 })
    now += 60_001
    await identify(authenticate, token)
    expect(auth.calls['user/me']).toBe(2)
  })

  test.each([
    ['a publishable key', { sub: 'anon', role: 'anon' }, invalid],
    ['an API key', { role: 'service_role' }, invalid],
    ['a token of another environment', { aud: 'env-other' }, invalid],
    ['an expired token', { exp: 1 }, '401 access_token_expired'],
    ['an anonymous user', { is_anonymous: true }, '403 permission_denied'],
  ])('refuses %s that the service would take', async (_, claims, expected) => {
    expect(await outcome(gateway({ mode: 'remote' }), auth.token({ claims }))).toBe(expected)
  })

  test('takes no 200 without a user', async () => {
    auth.users.set('u1', { sub: '' })
    expect(await outcome(gateway({ mode: 'remote' }), auth.token({ claims: { sub: 'u1' } }))).toBe(invalid)
  })
})

describe('the user’s live state', () => {
  test('is not asked for with AUTH_STATE_CHECK=off', async () => {
    const authenticate = gateway({ checkState: false })
    auth.users.set('u1', { status: 'BLOCKED' })
    expect(await outcome(authenticate, auth.token({ claims: { sub: 'u1' } }))).toBe('200')
    expect(auth.calls['user/me']).toBe(0)
  })
})

describe('what is needed next', () => {
  test('is got while the user’s state is asked for, and is over when a refusal comes', async () => {
    auth.users.set('u1', { status: 'BLOCKED' })
    let isOver = false
    const meanwhile = async (): Promise<void> => {
      await wait(100)
      isOver = true
    }
    expect(await outcome(gateway({ meanwhile }), auth.token({ claims: { sub: 'u1' } }))).toBe('403 permission_denied')
    expect(isOver).toBe(true)
  })

  test('fails unheard', async () => {
    const meanwhile = (): Promise<void> => Promise.reject(new Error('no map'))
    expect(await outcome(gateway({ meanwhile }), auth.token())).toBe('200')
  })

  test('is not got again for a token that is known', async () => {
    let times = 0
    const meanwhile = (): Promise<number> => Promise.resolve(times++)
    const authenticate = gateway({ meanwhile })
    const token = auth.token()
    for (let count = 0; count < 3; count++) await identify(authenticate, token)
    expect(times).toBe(1)
  })
})

describe('without authentication', () => {
  test('every request passes under no id', async () => {
    expect(await gateway({ mode: 'disabled' })({})).toEqual({ id: null, kind: 'unauthenticated', groups: [] })
  })

  test('as misconfigured, nobody passes but the administrator', async () => {
    const authenticate = gateway({ misconfigured: 'Set X.', adminKey: createAdminKey({ key: 'right' }) })
    expect(await outcome(authenticate, auth.token())).toBe('503 gateway_misconfigured')
    expect(await authenticate({ 'x-gateway-key': 'right' })).toEqual({ id: 'admin', kind: 'admin', groups: [] })
  })
})
