import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { parseDsn, readMysqlLogin } from '../../../shared/gateway/config/mysql-dsn.ts'
import { readEnvironment } from '../../../shared/gateway/config/variables/environment.ts'

const plain = { host: 'h', port: 3306, user: 'u', password: 'p', database: 'd', sslMode: 'disabled' }

describe('a data source name', () => {
  test.each([
    ['mysql://u:p@h:3306/d', {}],
    ['mysql://u:p@h/d', {}],
    ['mysql+pymysql://u:p@h/d', {}],
    ['MYSQL://u:p@h/d', {}],
    ['mysql://u@h/d', { password: '' }],
    ['mysql://u:@h/d', { password: '' }],
    ['mysql://u:p%40ss%2Fw%3Ard@h/d', { password: 'p@ss/w:rd' }],
    ['mysql://u:p@ss@h/d', { password: 'p@ss' }],
    ['mysql://u:p/#?:x@h/d', { password: 'p/#?:x' }],
    ['mysql://u:50%@h/d', { password: '50%' }],
    ['mysql://%E7%94%A8:p@h/d%2D1', { user: '用', database: 'd-1' }],
    ['mysql://u:p@[::1]:3307/d', { host: '::1', port: 3307 }],
    ['mysql://u:p@10.0.0.1:65535/d', { host: '10.0.0.1', port: 65535 }],
    ['mysql://u:p@h/d?charset=utf8mb4', {}],
    ['mysql://u:p@h/d?ssl-mode=REQUIRED', { sslMode: 'required' }],
    ['mysql://u:p@h/d?ssl-mode=VERIFY_CA&x=1', { sslMode: 'verify_ca' }],
    ['mysql://u:p@h/d?sslmode=verify-identity', { sslMode: 'verify_identity' }],
    ['mysql://u:p@h/d?ssl-mode=sure', { sslMode: 'verify_identity' }],
    ['mysql://u:p@h/d?ssl=true', { sslMode: 'verify_identity' }],
    ['mysql://u:p@h/d?tls=1', { sslMode: 'verify_identity' }],
    ['mysql://u:p@h/d?ssl=false', { sslMode: 'disabled' }],
  ])('parses %s', (text, expected) => expect(parseDsn(text, 'disabled')).toEqual({ ...plain, ...expected }))

  test.each([
    ...['', 'mysql', 'mysql://', 'mysql://h', 'mysql://h/d', 'mysql://u:p@h', 'mysql://u:p@h/', 'mysql://:p@h/d'],
    ...['postgres://u:p@h/d', 'http://u:p@h/d', 'mysql://u:p@h:port/d', 'mysql://u:p@h:123456/d', 'mysql://u:p@/d'],
  ])('rejects %j', (text) => expect(parseDsn(text, 'disabled')).toBeUndefined())

  test('keeps any encoded user, password and database', async () => {
    const part = fc.string({ minLength: 1, unit: 'grapheme' })
    await fc.assert(
      fc.property(part, part, part, (user, password, database) => {
        const [u, p, d] = [user, password, database].map(encodeURIComponent)
        expect(parseDsn(`mysql://${u}:${p}@h/${d}`, 'disabled')).toMatchObject({ user, password, database })
      }),
    )
  })
})

describe('the database of the environment', () => {
  const login = (environment: Record<string, string>) => readMysqlLogin(readEnvironment(environment).values)

  test('is undefined if none is named', () => expect(login({ MYSQL_USER: 'u', MYSQL_PASSWORD: 'p' })).toBeUndefined())

  test('is read from MYSQL_HOST and its relatives', () => {
    expect(login({ MYSQL_HOST: 'h', MYSQL_USER: 'u', MYSQL_PASSWORD: 'p', MYSQL_DB: 'd' })).toEqual({ value: plain })
  })

  test('is read from MYSQL_DSN if both are set', () => {
    expect(login({ MYSQL_DSN: 'mysql://u:p@h/d', MYSQL_HOST: 'x', MYSQL_USER: 'x', MYSQL_DB: 'x' })).toEqual({
      value: plain,
    })
  })

  test('takes its TLS mode from the DSN or, if that names none, from MYSQL_SSL_MODE', () => {
    expect(login({ MYSQL_DSN: 'mysql://u:p@h/d', MYSQL_SSL_MODE: 'required' })).toMatchObject({
      value: { sslMode: 'required' },
    })
    expect(login({ MYSQL_DSN: 'mysql://u:p@h/d?ssl=true', MYSQL_SSL_MODE: 'required' })).toMatchObject({
      value: { sslMode: 'verify_identity' },
    })
  })

  test.each([{ MYSQL_DSN: 'mysql:u' }, { MYSQL_HOST: 'h' }, { MYSQL_HOST: 'h', MYSQL_USER: 'u' }])(
    'is a problem that says what to change if it is incomplete: %j',
    (environment: Record<string, string>) =>
      expect(login(environment)).toEqual({ problem: expect.stringContaining('MYSQL_') }),
  )
})
