import { describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { Transitions } from '../../../shared/safety/words/transitions.ts'
import { WordScanner } from '../../../shared/safety/words/word-scanner.ts'
import { automatonFor } from '../../support/automaton-for.ts'

const scannerFor = (...words: string[]): WordScanner => new WordScanner(automatonFor(words, (text) => `about ${text}`))

describe('the scanner of words', () => {
  test.each([
    ['坏词', '这是坏词。', 2],
    ['Forbidden', 'a fORBIDDEN word', 2],
    ['abc', 'x ＡＢＣ y', 2],
    ['ＡＢＣ', 'x abc y', 2],
    ['abc', 'a\u200bb\u2060\ufe0fc', 0],
    ['abc', 'x𝐚𝐛𝐜', 1],
    ['abc', 'ⓐⓑⓒ', 0],
    ['office', 'oﬃce', 0],
    ['strasse', 'Straße', 0],
    ['é!', 'e\u0301!', 0],
    ['bad word', 'a bad\u3000word', 2],
    ['bad word', 'bad\nword', 0],
    ['😀坏', 'x😀坏', 1],
    ['ｶﾞ', 'ガ', 0],
  ])('finds %j in %j at %i', (word, text, at) => {
    expect(scannerFor(word).push(text)).toEqual({ label: `about ${word}`, at })
  })

  test.each([
    ['坏词', '坏 词'],
    ['abc', 'ab'],
    ['abc', 'abbc'],
    ['\u200b', 'any text'],
  ])('finds no %j in %j', (word, text) => {
    expect(scannerFor(word).push(text)).toBeUndefined()
  })

  test('finds words that overlap, and that end within others', () => {
    expect(scannerFor('中国人民', '国人').push('大中国人')?.at).toBe(2)
    expect(scannerFor('abcd', 'bcx').push('abcx')?.at).toBe(1)
    expect(scannerFor('she', 'hers', 'he').push('ushers')).toEqual({ label: 'about she', at: 1 })
  })

  test('holds back what may be the beginning of a word, and no more', () => {
    const scanner = scannerFor('坏词语')
    scanner.push('很好')
    expect(scanner.heldFrom).toBe(2)
    scanner.push('坏\u200b')
    expect(scanner.heldFrom).toBe(2)
    scanner.push('词')
    expect(scanner.heldFrom).toBe(2)
    scanner.push('好')
    expect(scanner.heldFrom).toBe(6)
    scanner.push('\ud83d')
    expect(scanner.heldFrom).toBe(6)
  })

  const alphabet = fc.constantFrom('a', 'b', 'B', 'ｂ', '\u200b', '坏', '😀', ' ')
  const texts = fc.array(alphabet, { maxLength: 30 }).map((all) => all.join(''))
  const plain = (text: string): string => text.replaceAll('\u200b', '').replaceAll('ｂ', 'b').toLowerCase()

  test('finds in any pieces what is in the whole text, and lets no character of it go before', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.constantFrom('a', 'b', '坏', '😀'), { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        texts,
        fc.array(fc.nat(60), { maxLength: 8 }),
        (words, text, cuts) => {
          const scanner = scannerFor(...words)
          const bounds = [
            0,
            ...cuts.map((cut) => cut % (text.length + 1)).sort((one, other) => one - other),
            text.length,
          ]
          let released = 0
          let found: ReturnType<WordScanner['push']>
          for (const [index, end] of bounds.slice(1).entries()) {
            found = scanner.push(text.slice(bounds[index], end))
            if (found) break
            expect(scanner.heldFrom).toBeGreaterThanOrEqual(released)
            released = scanner.heldFrom
          }
          const listed = words.filter((word) => plain(text).includes(word))
          expect(found !== undefined).toBe(listed.length > 0)
          if (found) {
            expect(found.at).toBeGreaterThanOrEqual(released)
            expect(listed.some((word) => plain(text.slice(found?.at)).startsWith(word))).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  /** Counts the looks into the table of states while a text is scanned. */
  const countLooks = (scanner: WordScanner, text: string): number => {
    const look = jest.spyOn(Transitions.prototype, 'get')
    try {
      expect(scanner.push(text)).toBeUndefined()
      return look.mock.calls.length
    } finally {
      look.mockRestore()
    }
  }

  test('looks at most twice for each character, also with 10,000 words (R110)', () => {
    const pick = fc.sample(fc.nat(5_000), { numRuns: 60_000, seed: 1 })
    const toText = (codes: readonly number[]): string => String.fromCharCode(...codes.map((code) => 0x4e00 + code))
    const words = Array.from({ length: 10_000 }, (_, index) => toText(pick.slice(index * 4, index * 4 + 4)))
    // Nearly every character begins a word, so that the automaton leaves its first state again and again.
    const text = toText(pick.slice(40_000, 42_000))
    const looks = countLooks(scannerFor(...words), text)
    expect(looks).toBeGreaterThan(0)
    expect(looks).toBeLessThanOrEqual(2 * text.length)
  })

  test('looks at most twice for each character of texts that are nearly words (R110)', () => {
    const word = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 })
      .map((all) => `${all.join('')}!`)
    const parts = fc.array(fc.tuple(fc.nat(50), fc.nat(40)), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 50 }), parts, (words, cuts) => {
        const beginnings = cuts.map(([which, length]) => (words[which % words.length] ?? '').slice(0, length))
        const text = beginnings.join('').replaceAll('!', '')
        expect(countLooks(scannerFor(...words), text)).toBeLessThanOrEqual(2 * text.length)
      }),
    )
  })
})
