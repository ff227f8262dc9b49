import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createStopWatcher } from '../../scripts/tiny-model/generate/stop-strings.ts'

/** Few letters, so that stop strings occur, overlap and almost occur. */
const letters = fc.string({ unit: fc.constantFrom('a', 'b', '你') })
const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '你'), minLength: 1, maxLength: 4 }), {
  maxLength: 4,
})

/** The text that a watcher returns for `pieces`, one after another. */
const watch = (pieces: readonly string[], stop: readonly string[]): { text: string; stopped: boolean } => {
  const watcher = createStopWatcher(stop)
  let text = ''
  for (const piece of pieces) {
    const result = watcher.push(piece)
    text += result.text
    if (result.stopped) return { text, stopped: true }
  }
  return { text: text + watcher.flush(), stopped: false }
}

/** As `watch`, without streaming: the end of the text at which the first stop string is complete decides. */
const cut = (pieces: readonly string[], stop: readonly string[]): { text: string; stopped: boolean } => {
  let text = ''
  for (const piece of pieces) {
    text += piece
    const found = stop.map((candidate) => text.indexOf(candidate)).filter((index) => index >= 0)
    if (found.length > 0) return { text: text.slice(0, Math.min(...found)), stopped: true }
  }
  return { text, stopped: false }
}

describe('the watcher of stop strings', () => {
  test('cuts a text in pieces at the same place as the whole text', () => {
    fc.assert(
      fc.property(fc.array(letters), stops, (pieces, stop) => expect(watch(pieces, stop)).toEqual(cut(pieces, stop))),
    )
  })

  test.each<[string, string[], string[], string[]]>([
    ['returns text that cannot become a stop string', ['one ', 'two'], ['###'], ['one ', 'two', '']],
    ['holds back text that may become one, and returns it if it does not', ['a#', '#', 'b'], ['###'], ['a', '', '##b']],
    ['holds back no more than necessary', ['aab'], ['abc'], ['a', 'ab']],
    ['returns the rest at the end', ['text##'], ['###'], ['text', '##']],
  ])('%s', (_, pieces, stop, expected) => {
    const watcher = createStopWatcher(stop)
    const out = [...pieces.map((piece) => watcher.push(piece).text), watcher.flush()]
    expect(out.slice(0, expected.length)).toEqual(expected)
    expect(out.join('')).toBe(pieces.join(''))
  })
})
