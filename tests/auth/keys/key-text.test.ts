import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createKeyText, isKeyText, toKeyMarks } from '../../../shared/auth/keys/key-text.ts'

describe('the text of a key', () => {
  test('has sk-, 256 random bits in base 62, and a checksum', () => {
    const texts = Array.from({ length: 2_000 }, createKeyText)
    for (const text of texts) {
      expect(text).toMatch(/^sk-[0-9A-Za-z]{49}$/)
      expect(isKeyText(text)).toBe(true)
    }
    expect(new Set(texts).size).toBe(2_000)
    expect(new Set(texts.map((text) => text.slice(4, 46))).size).toBe(2_000)
  })

  test('is no key any more after any one character is changed, lost, doubled or swapped with the next', () => {
    const text = createKeyText()
    const letters = 'ABCXYZabcxyz0189'
    for (let at = 0; at < text.length; at++) {
      const [before, letter, after] = [text.slice(0, at), text.charAt(at), text.slice(at + 1)]
      for (const other of letters) if (other !== letter) expect(isKeyText(before + other + after)).toBe(false)
      expect(isKeyText(before + after)).toBe(false)
      expect(isKeyText(before + letter + letter + after)).toBe(false)
      if (after !== '' && after.charAt(0) !== letter)
        expect(isKeyText(before + after.charAt(0) + letter + after.slice(1))).toBe(false)
    }
  })

  test('is not any other text', () => {
    fc.assert(fc.property(fc.string(), (text) => !isKeyText(text) && !isKeyText(`sk-${text}`)))
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9A-Za-z]{49}$/), (text) => !isKeyText(`sk-${text}`)),
      { numRuns: 2_000 },
    )
  })

  test('has an id that is part of the hash, and a prefix of four characters after sk-', () => {
    const text = createKeyText()
    const { hash, id, prefix } = toKeyMarks(text)
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(id).toBe(`key_${hash.slice(0, 24)}`)
    expect(prefix).toBe(text.slice(0, 7))
  })
})
