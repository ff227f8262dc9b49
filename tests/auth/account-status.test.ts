import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createAdminKey } from '../../shared/auth/admin-key.ts'
import { type Authenticate, type AuthOptions, createAuthenticate } from '../../shared/auth/authenticate.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'

let auth: CloudBaseAuth

/** What `@cloudbase/node-sdk` reads itself: where its calls go, and that no metadata service is to be asked. */
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

const identify = (authenticate: Authenticate, sub: string) =>
  authenticate({ authorization: `Bearer ${auth.token({ claims: { sub } })}` })

describe('a user’s live state through the real @cloudbase/node-sdk', () => {
  test('takes the place of the question with the user’s own token', async () => {
    const authenticate = gateway({ accessKey: auth.apiKey })
    expect(await identify(authenticate, 'user-1')).toMatchObject({ id: 'user-1', kind: 'user' })
    expect(auth.calls).toMatchObject({ certs: 1, admin: 1, 'user/me': 0 })
  })

  test('tells an anonymous user', async () => {
    auth.users.set('user-1', { isAnonymous: true })
    await expect(identify(gateway({ accessKey: auth.apiKey }), 'user-1')).rejects.toMatchObject({ status: 403 })
    const open = gateway({ accessKey: auth.apiKey }, { allowAnonymous: true })
    expect(await identify(open, 'user-1')).toMatchObject({ kind: 'anonymous' })
  })

  test('leaves a user it does not know to the user’s own token', async () => {
    auth.users.set('user-1', null)
    await expect(identify(gateway({ accessKey: auth.apiKey }), 'user-1')).rejects.toMatchObject({
      code: 'invalid_access_token',
    })
    expect(auth.calls).toMatchObject({ admin: 1, 'user/me': 1 })
  })

  test.each(['down', 'error', 'html'] as const)('gives way to it when the call fails: %s', async (fault) => {
    auth.faults.admin = fault
    expect(await identify(gateway({ accessKey: auth.apiKey }), 'user-1')).toMatchObject({ id: 'user-1' })
    expect(auth.calls['user/me']).toBe(1)
  })

  test('gives way to it when the credentials are wrong', async () => {
    for (const credentials of [{ accessKey: 'stale' }, { secretId: 'id', secretKey: 'key' }]) {
      expect(await identify(gateway(credentials), 'user-1')).toMatchObject({ id: 'user-1' })
    }
    expect(auth.calls).toMatchObject({ admin: 2, 'user/me': 2 })
  })

  test('is a 503 when neither answers', async () => {
    auth.faults.admin = 'error'
    auth.faults['user/me'] = 'error'
    await expect(identify(gateway({ accessKey: auth.apiKey }), 'user-1')).rejects.toMatchObject({ status: 503 })
  })
})
