import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { getPlatformUser } from '../../shared/auth/platform-context.ts'
import type { User } from '../../shared/protocol/user.ts'

const good = { envId: 'env-1', uin: '1', source: 'gateway', authMethod: 'TCB_OAUTH2_C', userId: 'u1' }

const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.AAAA`

const userOf = (context: unknown, { gzip = false, authorization = '' } = {}): User => {
  const json = Buffer.from(JSON.stringify(context))
  const header = (gzip ? gzipSync(json) : json).toString('base64')
  const admission = { allowAnonymous: false }
  return getPlatformUser({ 'x-cloudbase-context': header, authorization }, { envId: 'env-1', admission })
}

describe('the platform’s context', () => {
  test.each([false, true])('names the user, gzip %s', (gzip) => {
    expect(userOf(good, { gzip })).toEqual({ id: 'u1', kind: 'user', groups: [] })
  })

  test('brings the groups of the token that the platform has checked', () => {
    expect(userOf({ ...good, accessToken: jwt({ groups: ['staff'] }) })).toMatchObject({ groups: ['staff'] })
  })

  test.each([
    ['of another environment', { ...good, envId: 'env-2' }],
    ['without environment', { ...good, envId: undefined }],
    ['without user', { ...good, userId: undefined }],
    ['with an empty user', { ...good, userId: '' }],
    ['that does not say how the user was checked', { ...good, authMethod: undefined }],
    ['with the token of somebody else', { ...good, accessToken: jwt({ sub: 'u2', groups: ['staff'] }) }],
    ['of a caller nobody checked', { ...good, authMethod: 'UNAUTHORIZED' }],
    ['of a server', { ...good, authMethod: 'CAM_TC3' }],
    ['of an administrator’s login', { ...good, authMethod: 'TCB_OAUTH2_B' }],
    ['of an administrator', { ...good, isAdministrator: true }],
    ['of a publishable key', { ...good, userId: 'anon' }],
    ['with an API key as its token', { ...good, accessToken: jwt({ role: 'service_role' }) }],
    ['that is a list', [good]],
    ['that is text', 'u1'],
  ])('%s is refused with 401', (_, context) => {
    expect(() => userOf(context)).toThrow(expect.objectContaining({ status: 401, code: 'invalid_access_token' }))
  })

  test.each([0, 1, 2])('that comes twice is refused, whoever is named first, padded to length + %s', (more) => {
    const [mine = '', theirs = ''] = ['u1', 'u2'].map((userId) =>
      Buffer.from(JSON.stringify({ ...good, userId }) + ' '.repeat(more)).toString('base64'),
    )
    const contexts = { envId: 'env-1', admission: { allowAnonymous: false } }
    expect(() => getPlatformUser({ 'x-cloudbase-context': `${mine}, ${theirs}` }, contexts)).toThrow(
      expect.objectContaining({ status: 401, code: 'invalid_access_token' }),
    )
  })

  test('is refused when the request’s own token is an API key', () => {
    const authorization = `Bearer ${jwt({ role: 'service_role' })}`
    expect(() => userOf(good, { authorization })).toThrow(expect.objectContaining({ status: 401 }))
  })

  test('of an anonymous user is refused with 403', () => {
    const context = { ...good, accessToken: jwt({ is_anonymous: true }) }
    expect(() => userOf(context)).toThrow(expect.objectContaining({ status: 403, code: 'permission_denied' }))
  })

  test('missing is 401 missing_credentials', () => {
    expect(() => getPlatformUser({}, { envId: 'env-1', admission: { allowAnonymous: false } })).toThrow(
      expect.objectContaining({ status: 401, code: 'missing_credentials' }),
    )
  })

  test.each([
    ['no JSON', Buffer.from('nonsense')],
    ['broken gzip', Buffer.from([0x1f, 0x8b, 1, 2, 3])],
    ['a gzip bomb', gzipSync(Buffer.alloc(10_000_000))],
    ['too long', Buffer.alloc(40_000, 'a')],
  ])('that is %s is refused with 401', (_, bytes) => {
    const headers = { 'x-cloudbase-context': bytes.toString('base64') }
    expect(() => getPlatformUser(headers, { envId: 'env-1', admission: { allowAnonymous: false } })).toThrow(
      expect.objectContaining({ status: 401 }),
    )
  })
})
