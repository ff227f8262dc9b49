import { describe, expect, test } from '@jest/globals'
import type { AuthOptions } from '../../../shared/auth/authenticate.ts'
import { readConfig } from '../../../shared/gateway/config/config.ts'

const quiet = { LOG_LEVEL: 'error' }
const readOptions = (environment: Record<string, string>): AuthOptions =>
  readConfig({ ...quiet, CLOUDBASE_ENV_ID: 'env-1', ...environment }).auth

const deployed = { TENCENTCLOUD_RUNENV: 'SCF' }

describe('authentication', () => {
  test('has safe defaults', () => {
    expect(readOptions({})).toMatchObject({
      mode: 'jwks',
      misconfigured: undefined,
      envId: 'env-1',
      region: 'ap-shanghai',
      origin: undefined,
      checkState: true,
      credentials: undefined,
      allowAnonymous: false,
      cacheTtlMs: 60_000,
      deniedUsers: new Set(),
    })
  })

  test.each([
    [{ AUTH_MODE: 'remote' }, { mode: 'remote' }],
    [{ AUTH_MODE: 'gateway' }, { mode: 'gateway' }],
    [{ AUTH_MODE: 'disabled' }, { mode: 'disabled' }],
    [{ AUTH_MODE: 'nonsense' }, { mode: 'jwks' }],
    [{ DISABLE_AUTH: 'true' }, { mode: 'disabled' }],
    [{ DISABLE_AUTH: 'true', AUTH_MODE: 'remote' }, { mode: 'disabled' }],
    [{ AUTH_STATE_CHECK: 'off' }, { checkState: false }],
    [{ AUTH_CACHE_TTL: '5' }, { cacheTtlMs: 5_000 }],
    [{ ALLOW_ANONYMOUS: 'true' }, { allowAnonymous: true }],
    [{ DENIED_USERS: 'u1, u2,,' }, { deniedUsers: new Set(['u1', 'u2']) }],
    [{ CLOUDBASE_APIKEY: 'k' }, { credentials: { accessKey: 'k' } }],
    [{ TENCENTCLOUD_SECRETID: 'i', TENCENTCLOUD_SECRETKEY: 'k' }, { credentials: { secretId: 'i', secretKey: 'k' } }],
    [
      { TENCENTCLOUD_SECRETID: 'i', TENCENTCLOUD_SECRETKEY: 'k', TENCENTCLOUD_SESSIONTOKEN: 't' },
      { credentials: undefined },
    ],
    [{ TENCENTCLOUD_SECRETID: 'i' }, { credentials: undefined }],
  ])('reads %j', (environment, expected) => {
    expect(readOptions(environment as unknown as Record<string, string>)).toMatchObject(expected)
  })

  test.each([
    [{ DISABLE_AUTH: 'true' }],
    [{ AUTH_MODE: 'disabled' }],
    [{ DISABLE_AUTH: 'true', ALLOW_INSECURE: 'false' }],
  ])('cannot be switched off by %j on a deployed function (R41)', (environment) => {
    const { mode, misconfigured } = readOptions({ ...(environment as unknown as Record<string, string>), ...deployed })
    expect(mode).not.toBe('disabled')
    expect(misconfigured).toContain('ALLOW_INSECURE=true')
  })

  test('can be switched off on a deployed function if ALLOW_INSECURE=true confirms it (R41)', () => {
    expect(readOptions({ ...deployed, DISABLE_AUTH: 'true', ALLOW_INSECURE: 'true' })).toMatchObject({
      mode: 'disabled',
      misconfigured: undefined,
    })
  })

  test('needs CLOUDBASE_ENV_ID', () => {
    expect(readConfig(quiet).auth.misconfigured).toContain('CLOUDBASE_ENV_ID')
  })

  test.each([['env.evil.com/'], ['a b'], ['../x'], ['x'.repeat(64)]])('rejects the environment id %j', (id) => {
    expect(readOptions({ CLOUDBASE_ENV_ID: id }).misconfigured).toContain('CLOUDBASE_ENV_ID')
  })
})

describe('the key of the user hash', () => {
  const user = { id: 'u1', kind: 'user', groups: [] } as const
  const hash = (environment: Record<string, string>): string | undefined =>
    readConfig({ ...quiet, CLOUDBASE_ENV_ID: 'env-1', ...environment }).hashUser(user)

  test('is USER_HASH_KEY, else the admin key, else the environment id', () => {
    const own = hash({ USER_HASH_KEY: 'a', GATEWAY_ADMIN_KEY: 'b' })
    expect(hash({ USER_HASH_KEY: 'a' })).toBe(own)
    expect(hash({ GATEWAY_ADMIN_KEY: 'b' })).not.toBe(own)
    expect(hash({ GATEWAY_ADMIN_KEY: 'b' })).not.toBe(hash({}))
    expect(hash({})).not.toBe(hash({ CLOUDBASE_ENV_ID: 'env-2' }))
  })
})
