import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createRedactor } from '../../scripts/cloud/client/redact.ts'

describe('the output of a command', () => {
  test('hides a secret, even one that begins with another', () => {
    const variables = { A_KEY: 'abcdef', B_TOKEN: 'abcdefgh', MYSQL_DSN: 'mysql://u:p@h/d', CLOUDBASE_ENV_ID: 'shop-1' }
    expect(createRedactor(variables)('abcdefgh abcdef mysql://u:p@h/d shop-1')).toBe(
      '[redacted] [redacted] [redacted] shop-1',
    )
  })

  test('hides the password of a database and the address of a webhook', () => {
    const variables = { MYSQL_DSN: 'mysql://u:pass-word@h/d', BILLING_WEBHOOK_URL: 'https://h/hook/0123' }
    expect(createRedactor(variables)('denied: pass-word; POST https://h/hook/0123: 500')).toBe(
      'denied: [redacted]; POST [redacted]: 500',
    )
  })

  test('keeps short words, even if a variable called key holds one', () => {
    expect(createRedactor({ USE_KEYS: 'true' })('EnableAuth=true')).toBe('EnableAuth=true')
  })

  test('hides secrets of any text', () => {
    const secret = fc
      .string({ minLength: 6 })
      .map((text) => text.trim())
      .filter((text) => text.length >= 6 && !'[redacted]'.includes(text))
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, value, after) => {
        expect(createRedactor({ GATEWAY_ADMIN_KEY: value })(before + value + after)).not.toContain(value)
      }),
    )
  })
})
