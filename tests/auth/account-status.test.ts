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
    ticketSecrets: [],
    timeoutMs: 400,
    ...changed,
  })

const getUser = async (authenticate: Authenticate, sub: string) =>
  (await authenticate({ authorization: `Bearer ${auth.token({ claims: { sub } })}` })).user

const unavailable = { status: 503, code: 'auth_unavailable' }
const blocked = { status: 403, code: 'permission_denied' }

describe('the account check with server credentials', () => {
  test.each(['BLOCKED', 'DISABLED'])('rejects a user with the status %s by the user’s own token', async (status) => {
    auth.users.set('user-1', { status })
    await expect(getUser(gateway({ accessKey: auth.apiKey }), 'user-1')).rejects.toMatchObject(blocked)
    expect(auth.calls).toMatchObject({ admin: 0, 'user/me': 1 })
  })

  test('rejects a deleted user and a token that was signed out', async () => {
    auth.users.set('user-1', null)
    const authenticate = gateway({ accessKey: auth.apiKey })
    await expect(getUser(authenticate, 'user-1')).rejects.toMatchObject({ code: 'invalid_access_token' })
    const token = auth.token()
    auth.signOut(token)
    const { user } = await authenticate({ authorization: `Bearer ${token}` })
    await expect(user).rejects.toMatchObject({ code: 'invalid_access_token' })
  })

  test('calls user/me alone while it responds', async () => {
    expect(await getUser(gateway({ accessKey: auth.apiKey }), 'user-1')).toMatchObject({ id: 'user-1', kind: 'user' })
    expect(auth.calls).toMatchObject({ certs: 1, admin: 0, 'user/me': 1 })
  })
})

describe('the look-up by the real @cloudbase/node-sdk, while user/me is away', () => {
  test.each(['down', 'error', 'hang'] as const)('is no verdict without a status: %s (R40)', async (fault) => {
    auth.faults['user/me'] = fault
    await expect(getUser(gateway({ accessKey: auth.apiKey }), 'user-1')).rejects.toMatchObject(unavailable)
    expect(auth.calls.admin).toBe(1)
  })

  test('lets an active user in and rejects a blocked one if it states a status (R40)', async () => {
    auth.faults['user/me'] = 'error'
    auth.lookup.statesStatus = true
    auth.users.set('user-2', { status: 'BLOCKED' })
    const authenticate = gateway({ accessKey: auth.apiKey })
    expect(await getUser(authenticate, 'user-1')).toMatchObject({ id: 'user-1', kind: 'user' })
    await expect(getUser(authenticate, 'user-2')).rejects.toMatchObject(blocked)
  })

  test('recognizes an anonymous user', async () => {
    auth.faults['user/me'] = 'error'
    auth.lookup.statesStatus = true
    auth.users.set('user-1', { isAnonymous: true })
    await expect(getUser(gateway({ accessKey: auth.apiKey }), 'user-1')).rejects.toMatchObject({ status: 403 })
    const open = gateway({ accessKey: auth.apiKey }, { allowAnonymous: true })
    expect(await getUser(open, 'user-1')).toMatchObject({ kind: 'anonymous' })
  })

  test('is no verdict for an unknown user', async () => {
    auth.faults['user/me'] = 'error'
    auth.lookup.statesStatus = true
    auth.users.set('user-1', null)
    await expect(getUser(gateway({ accessKey: auth.apiKey }), 'user-1')).rejects.toMatchObject(unavailable)
  })

  test.each(['down', 'error', 'html'] as const)('is no verdict if the call fails: %s', async (fault) => {
    auth.faults['user/me'] = 'error'
    auth.faults.admin = fault
    await expect(getUser(gateway({ accessKey: auth.apiKey }), 'user-1')).rejects.toMatchObject(unavailable)
  })

  test('is no verdict if the credentials are wrong', async () => {
    auth.faults['user/me'] = 'error'
    auth.lookup.statesStatus = true
    for (const credentials of [{ accessKey: 'stale' }, { secretId: 'id', secretKey: 'key' }]) {
      await expect(getUser(gateway(credentials), 'user-1')).rejects.toMatchObject(unavailable)
    }
    expect(auth.calls).toMatchObject({ admin: 2, 'user/me': 2 })
  })
})
