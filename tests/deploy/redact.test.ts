import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { redactor } from '../../scripts/cloud/redact.ts'

describe('what is printed', () => {
  test('holds no secret, even one that begins with another', () => {
    const redact = redactor({
      A_KEY: 'abcd',
      B_TOKEN: 'abcdef',
      MYSQL_DSN: 'mysql://u:p@h/d',
      CLOUDBASE_ENV_ID: 'shop',
    })
    expect(redact('abcdef abcd mysql://u:p@h/d shop')).toBe('*** *** *** shop')
  })

  test('holds no secret of any kind', () => {
    const secret = fc.string({ minLength: 6 }).filter((text) => !text.includes('*'))
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, value, after) => {
        expect(redactor({ GATEWAY_ADMIN_KEY: value })(before + value + after)).not.toContain(value)
      }),
    )
  })
})
