import { describe, expect, test } from '@jest/globals'
import { readServerConfig } from '../../../shared/gateway/config/server-config.ts'
import { isYes } from '../../../shared/gateway/config/variables/variable.ts'

describe('the server configuration', () => {
  test('has the platform’s address, six megabytes and closed CORS by default', () => {
    expect(readServerConfig({})).toMatchObject({
      host: '0.0.0.0',
      port: 9000,
      maxBodyBytes: 6_291_456,
      cors: { allowAll: false, origins: [] },
    })
  })

  test.each([
    [{ PORT: '3000' }, { port: 3000 }],
    [{ PORT: ' 3000 ' }, { port: 3000 }],
    [{ PORT: 'x' }, { port: 9000 }],
    [{ PORT: '-1' }, { port: 9000 }],
    [{ PORT: '0' }, { port: 9000 }],
    [{ PORT: '' }, { port: 9000 }],
    [{ HOST: '127.0.0.1' }, { host: '127.0.0.1' }],
    [{ MAX_BODY_BYTES: '100' }, { maxBodyBytes: 100 }],
    [{ MAX_BODY_BYTES: '1e3' }, { maxBodyBytes: 1_000 }],
    [{ MAX_BODY_BYTES: '1.5' }, { maxBodyBytes: 6_291_456 }],
    [{ CORS_ORIGINS: 'https://a.cn/' }, { cors: { allowAll: false, origins: ['https://a.cn'] } }],
    [{ CORS_ORIGINS: 'HTTPS://A.cn:443' }, { cors: { allowAll: false, origins: ['https://a.cn'] } }],
    [{ CORS_ALLOW_ALL: 'TRUE' }, { cors: { allowAll: true, origins: [] } }],
    [
      { CORS_ORIGINS: 'https://a.cn，https://b.cn' },
      { cors: { allowAll: false, origins: ['https://a.cn', 'https://b.cn'] } },
    ],
    [
      { CORS_ORIGINS: 'https://a.cn, https://b.cn,' },
      { cors: { allowAll: false, origins: ['https://a.cn', 'https://b.cn'] } },
    ],
  ])('reads %j', (environment, expected) => expect(readServerConfig(environment)).toMatchObject(expected))
})

describe('an invalid value of the server configuration', () => {
  test.each([
    ['PORT', 'abc'],
    ['MAX_BODY_BYTES', '6MB'],
    ['LOG_LEVEL', 'loud'],
    ['CORS_ORIGINS', 'a.cn'],
    ['CORS_ORIGINS', 'https://a.cn,file:///x'],
    ['CORS_ORIGINS', 'https://*.a.cn'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'null'],
  ])('%s=%s counts as unset and is logged without the value', (name, text) => {
    const lines: string[] = []
    const { log } = console
    console.log = (line: string) => lines.push(line)
    try {
      const { log: _log, redactor: _redactor, ...options } = readServerConfig({ [name]: text })
      expect(readServerConfig({})).toMatchObject(options)
    } finally {
      console.log = log
    }
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        event: 'variable_ignored',
        variable: name,
        problem: expect.stringMatching(/^must be/),
      }),
    ])
    expect(lines.join('')).not.toContain(text)
  })
})

describe('a boolean variable', () => {
  test.each(['1', 'true', 'TRUE', 'Yes', 'on'])("takes '%s' as true", (value) => expect(isYes(value)).toBe(true))
  test.each(['0', 'false', 'off', 'no', '2', 'y', 'truee', undefined])("takes '%s' as false", (value) =>
    expect(isYes(value)).toBe(false),
  )
})
