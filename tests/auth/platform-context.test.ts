import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { getPlatformUser } from '../../shared/auth/platform-context.ts'
import type { User } from '../../shared/protocol/user.ts'

const good = { envId: 'env-1', uin: '1', source: 'gateway', authMethod: 'TCB_OAUTH2_C', userId: 'u1' }

const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.AAAA`

const options = { envId: 'env-1', policy: { allowAnonymous: false, deniedUsers: new Set(['u9']) } }

const readUser = (context: unknown, { gzip = false, authorization = '' } = {}): User => {
  const json = Buffer.from(JSON.stringify(context))
  const header = (gzip ? gzipSync(json) : json).toString('base64')
  return getPlatformUser({ 'x-cloudbase-context': header, authorization }, options)
}

describe('the platform’s context', () => {
  test.each([false, true])('returns the user, gzip %s', (gzip) => {
    expect(readUser(good, { gzip })).toEqual({ id: 'u1', kind: 'user', groups: [] })
  })

  test('returns the groups in the token that the platform has verified', () => {
    expect(readUser({ ...good, accessToken: jwt({ groups: ['staff'] }) })).toMatchObject({ groups: ['staff'] })
  })

  test.each([
    ['of another environment', { ...good, envId: 'env-2' }],
    ['without environment', { ...good, envId: undefined }],
    ['without user', { ...good, userId: undefined }],
    ['with an empty user', { ...good, userId: '' }],
    ['without an authMethod', { ...good, authMethod: undefined }],
    ['with the token of another user', { ...good, accessToken: jwt({ sub: 'u2', groups: ['staff'] }) }],
    ['of an unauthenticated caller', { ...good, authMethod: 'UNAUTHORIZED' }],
    ['of a server', { ...good, authMethod: 'CAM_TC3' }],
    ['of an administrator’s login', { ...good, authMethod: 'TCB_OAUTH2_B' }],
    ['of an administrator', { ...good, isAdministrator: true }],
    ['of a publishable key', { ...good, userId: 'anon' }],
    ['with an API key as its token', { ...good, accessToken: jwt({ role: 'service_role' }) }],
    ['that is a list', [good]],
    ['that is text', 'u1'],
  ])('rejects a context %s with 401', (_, context) => {
    expect(() => readUser(context)).toThrow(expect.objectContaining({ status: 401, code: 'invalid_access_token' }))
  })

  test.each([0, 1, 2])('rejects a header that comes twice, whichever user is first, padded to length + %s', (more) => {
    const [mine = '', theirs = ''] = ['u1', 'u2'].map((userId) =>
      Buffer.from(JSON.stringify({ ...good, userId }) + ' '.repeat(more)).toString('base64'),
    )
    expect(() => getPlatformUser({ 'x-cloudbase-context': `${mine}, ${theirs}` }, options)).toThrow(
      expect.objectContaining({ status: 401, code: 'invalid_access_token' }),
    )
  })

  test('rejects a request whose own token is an API key', () => {
    const authorization = `Bearer ${jwt({ role: 'service_role' })}`
    expect(() => readUser(good, { authorization })).toThrow(expect.objectContaining({ status: 401 }))
  })

  test('rejects an anonymous user with 403', () => {
    const context = { ...good, accessToken: jwt({ is_anonymous: true }) }
    expect(() => readUser(context)).toThrow(expect.objectContaining({ status: 403, code: 'permission_denied' }))
  })

  test('rejects a user of DENIED_USERS with 403', () => {
    expect(() => readUser({ ...good, userId: 'u9' })).toThrow(
      expect.objectContaining({ status: 403, code: 'permission_denied' }),
    )
  })

  test('rejects a request without it with 401 missing_credentials', () => {
    expect(() => getPlatformUser({}, options)).toThrow(
      expect.objectContaining({ status: 401, code: 'missing_credentials' }),
    )
  })

  test.each([
    ['a value that is not JSON', Buffer.from('nonsense')],
    ['broken gzip', Buffer.from([0x1f, 0x8b, 1, 2, 3])],
    ['a gzip bomb', gzipSync(Buffer.alloc(10_000_000))],
    ['a value that is too long', Buffer.alloc(40_000, 'a')],
  ])('rejects %s with 401', (_, bytes) => {
    const headers = { 'x-cloudbase-context': bytes.toString('base64') }
    expect(() => getPlatformUser(headers, options)).toThrow(expect.objectContaining({ status: 401 }))
  })
})
