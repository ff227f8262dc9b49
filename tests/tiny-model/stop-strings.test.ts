import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createStopWatcher } from '../../scripts/tiny-model/generate/stop-strings.ts'

/** Few letters, so that stop strings occur, overlap and almost occur. */
const letters = fc.string({ unit: fc.constantFrom('a', 'b', '你') })
const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '你'), minLength: 1, maxLength: 4 }), {
  maxLength: 4,
})

/** What a watcher lets out when it is given `pieces` one after another. */
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

describe('stop strings', () => {
  test('cut a text that comes in pieces where they would cut it whole', () => {
    fc.assert(
      fc.property(fc.array(letters), stops, (pieces, stop) => expect(watch(pieces, stop)).toEqual(cut(pieces, stop))),
    )
  })

  test.each<[string, string[], string[], string[]]>([
    ['lets text through that cannot become a stop string', ['one ', 'two'], ['###'], ['one ', 'two', '']],
    ['holds back what may become one, and lets it go when it does not', ['a#', '#', 'b'], ['###'], ['a', '', '##b']],
    ['holds back no more than it must', ['aab'], ['abc'], ['a', 'ab']],
    ['lets the rest go at the end', ['text##'], ['###'], ['text', '##']],
  ])('%s', (_, pieces, stop, expected) => {
    const watcher = createStopWatcher(stop)
    const out = [...pieces.map((piece) => watcher.push(piece).text), watcher.flush()]
    expect(out.slice(0, expected.length)).toEqual(expected)
    expect(out.join('')).toBe(pieces.join(''))
  })
})
