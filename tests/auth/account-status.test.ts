import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createAdminKey } from '../../shared/auth/admin-key.ts'
import { type Authenticate, type AuthOptions, createAuthenticate } from '../../shared/auth/authenticate.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'

let auth: CloudBaseAuth

/** The variables that `@cloudbase/node-sdk` reads itself: they set the address of its calls and switch off the metadata
 *  service. */
const sdkVariables = ['TCB_CONTEXT_CNFG', 'TENCENTCLOUD'] as const
const before = sdkVariables.map((name) => process.env[name])

beforeAll(() => {
  process.env['TENCENTCLOUD'] = 'true'
})

afterAll(() => {
  for (const [index, name] of sdkVariables.entries()) {
    const value = before[index]
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

beforeEach(async () => {
  auth = await startCloudBaseAuth()
  process.env['TCB_CONTEXT_CNFG'] = JSON.stringify({ URL: `${auth.origin}/admin` })
})

afterEach(async () => {
  await auth.close()
})

const gateway = (credentials: AuthOptions['credentials'], changed: Partial<AuthOptions> = {}): Authenticate =>
  createAuthenticate({
    mode: 'jwks',
    misconfigured: undefined,
    envId: auth.envId,
    region: 'ap-shanghai',
    origin: auth.origin,
    checkState: true,
    credentials,
    allowAnonymous: false,
    cacheTtlMs: 60_000,
    deniedUsers: new Set(),
    adminKey: createAdminKey({ key: undefined }),
    timeoutMs: 400,
    ...changed,
  })

const getUser = async (authenticate: Authenticate, sub: string) =>
  (await authenticate({ authorization: `Bearer ${auth.token({ claims: { sub } })}` })).user

describe('the account check through the real @cloudbase/node-sdk', () => {
  test('replaces the call with the user’s own token', async () => {
    const authenticate = gateway({ accessKey: auth.apiKey })
    expect(await getUser(authenticate, 'user-1')).toMatchObject({ id: 'user-1', kind: 'user' })
    expect(auth.calls).toMatchObject({ certs: 1, admin: 1, 'user/me': 0 })
  })

  test('recognizes an anonymous user', async () => {
    auth.users.set('user-1', { isAnonymous: true })
    await expect(getUser(gateway({ accessKey: auth.apiKey }), 'user-1')).rejects.toMatchObject({ status: 403 })
    const open = gateway({ accessKey: auth.apiKey }, { allowAnonymous: true })
    expect(await getUser(open, 'user-1')).toMatchObject({ kind: 'anonymous' })
  })

  test('falls back to the user’s own token for an unknown user', async () => {
    auth.users.set('user-1', null)
    await expect(getUser(gateway({ accessKey: auth.apiKey }), 'user-1')).rejects.toMatchObject({
      code: 'invalid_access_token',
    })
    expect(auth.calls).toMatchObject({ admin: 1, 'user/me': 1 })
  })

  test.each(['down', 'error', 'html'] as const)(
    'falls back to the user’s own token if the call fails: %s',
    async (fault) => {
      auth.faults.admin = fault
      expect(await getUser(gateway({ accessKey: auth.apiKey }), 'user-1')).toMatchObject({ id: 'user-1' })
      expect(auth.calls['user/me']).toBe(1)
    },
  )

  test('falls back to the user’s own token if the credentials are wrong', async () => {
    for (const credentials of [{ accessKey: 'stale' }, { secretId: 'id', secretKey: 'key' }]) {
      expect(await getUser(gateway(credentials), 'user-1')).toMatchObject({ id: 'user-1' })
    }
    expect(auth.calls).toMatchObject({ admin: 2, 'user/me': 2 })
  })

  test('is a 503 if both calls fail', async () => {
    auth.faults.admin = 'error'
    auth.faults['user/me'] = 'error'
    await expect(getUser(gateway({ accessKey: auth.apiKey }), 'user-1')).rejects.toMatchObject({ status: 503 })
  })
})
