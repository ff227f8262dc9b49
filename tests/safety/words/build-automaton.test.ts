import { expect, test } from '@jest/globals'
import type { SlicedWork } from '../../../shared/runtime/slices.ts'
import { buildAutomaton } from '../../../shared/safety/words/build-automaton.ts'
import { parseWordList } from '../../../shared/safety/words/word-list.ts'
import { WordScanner } from '../../../shared/safety/words/word-scanner.ts'

const toWord = (index: number): string =>
  String.fromCharCode(0x4e00 + (index % 5_000), 0x5e00 + (index % 77), 0x6e00 + Math.floor(index / 5_000), 0x4e00)

/** Does work, and counts its yields. */
const countYields = <Value>(work: SlicedWork<Value>): { readonly value: Value; readonly yields: number } => {
  for (let yields = 0; ; yields += 1) {
    const { done, value } = work.next()
    if (done) return { value, yields }
  }
}

test('a list of 100,000 words is built in small parts, from its text to the last link (R110)', () => {
  const text = Array.from({ length: 100_000 }, (_, index) => toWord(index)).join('\n')
  const parsed = countYields(parseWordList(text, 'F'))
  const { value: words = [] } = parsed.value
  const built = countYields(buildAutomaton(words))
  expect(words).toHaveLength(100_000)
  expect(parsed.yields).toBeGreaterThan(100_000 / 500)
  expect(built.yields).toBeGreaterThan(100_000 / 50)
  for (const index of [0, 1, 4_999, 5_000, 99_999])
    expect(new WordScanner(built.value).push(`ab${toWord(index)}`)).toEqual({ label: 'words', at: 2 })
  expect(new WordScanner(built.value).push(toWord(100_000))).toBeUndefined()
})
