import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isWithin, parseAddressRange } from '../../../shared/auth/keys/addresses.ts'

describe('ranges of addresses', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.7', true],
    ['203.0.113.0/24', '203.0.114.7', false],
    ['203.0.113.9/24', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['203.0.113.7', '::ffff:203.0.113.7', true],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:5::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['::/0', '203.0.113.7', true],
    ['203.0.113.0/24', '203.0.113.7:4711', true],
    ['203.0.113.0/24', '203.0.114.7:4711', false],
    ['203.0.113.0/24', '[::ffff:203.0.113.7]:4711', true],
    ['2001:db8::/32', '[2001:db8::7]:4711', true],
    ['2001:db8::/32', '[2001:db8::7]', true],
    ['2001:db8::/32', '2001:db8::7:4711', true],
    ['203.0.113.0/24', '203.0.113.7:4711:1', false],
    ['203.0.113.0/24', '[203.0.113.7', false],
    ['203.0.113.0/24', '', false],
    ['203.0.113.0/24', 'unknown', false],
    ['203.0.113.0/24', '203.0.113.7, 10.0.0.1', false],
  ])('%s and %s: %s', (range, address, expected) => {
    expect(parseAddressRange(range)).toBeDefined()
    expect(isWithin([range], address)).toBe(expected)
    expect(isWithin(['192.0.2.1', range], address)).toBe(expected)
  })

  test.each([
    '',
    '203.0.113',
    '203.0.113.0/33',
    '203.0.113.0/-1',
    '203.0.113.0/',
    '2001:db8::/129',
    '1.2.3.4/8/9',
    'a',
  ])('refuse %j', (text) => {
    expect(parseAddressRange(text)).toBeUndefined()
  })

  test('hold exactly the addresses with the same first bits', () => {
    const toText = (address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.integer({ min: 0, max: 32 }), (one, other, prefix) => {
        const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0
        const expected = (one & mask) >>> 0 === (other & mask) >>> 0
        return isWithin([`${toText(one)}/${prefix}`], toText(other)) === expected
      }),
    )
  })
})
