import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { SseSplitter } from '../../shared/protocol/sse.ts'

const split = (pieces: readonly Buffer[]) => {
  const splitter = new SseSplitter()
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]
}

/** Returns the events that the standard's own algorithm dispatches (WHATWG HTML, "Interpreting an event stream"), line
 *  by line. */
const parseByStandard = (text: string): string[] => {
  const found: string[] = []
  let data: string[] = []
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const [, field, value] = /^([^:]*)(?::\x20?([\s\S]*))?$/.exec(line) ?? []
    if (line === '') {
      if (data.length > 0) found.push(data.join('\n'))
      data = []
    } else if (field === 'data') data.push(value ?? '')
  }
  return found
}

describe('an event stream', () => {
  test.each([
    ['LF', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['several lines of data', 'data: a\ndata: b\n\n', ['a\nb']],
    ['no space, or two', 'data:a\n\ndata:  b\n\n', ['a', ' b']],
    ['comments and other fields', ': c\nevent: x\nid: 1\ndata: a\n\n', ['a']],
    ['a byte order mark', '\uFEFFdata: a\n\n', ['a']],
    ['data without a colon', 'data\n\n', ['']],
    ['no end', 'data: a\n\ndata: b', ['a', 'b']],
  ])('is split by the standard, with %s', (_name, text, expected) => {
    const events = split([Buffer.from(text)])
    expect(events.map(({ data }) => data).filter((data) => data !== undefined)).toEqual(expected)
  })

  test('gives the events of the standard wherever it is cut, and loses no byte (R12)', () => {
    const token = fc.constantFrom(
      'data',
      ':',
      ' ',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      'a',
      '你',
      '🙂',
      'event: x',
      ': c',
      '\uFEFF',
    )
    const stream = fc.array(token, { maxLength: 40 }).map((tokens) => Buffer.from(`${tokens.join('')}\n\n`))
    fc.assert(
      fc.property(stream, fc.array(fc.nat(120), { maxLength: 8 }), (bytes, cuts) => {
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
        const events = split(pieces)
        expect(Buffer.concat(events.map(({ raw }) => raw))).toEqual(bytes)
        expect(events.flatMap(({ data }) => data ?? [])).toEqual(parseByStandard(bytes.toString()))
      }),
      { numRuns: 500 },
    )
  })

  test('is well formed only if all lines are known and all bytes are UTF-8', () => {
    const wellFormed = (text: string | Buffer) => split([Buffer.from(text)])[0]?.wellFormed
    expect(['data: a\n\n', 'event: x\ndata:a\r\n\r\n'].map(wellFormed)).toEqual([true, true])
    expect(['junk\ndata: a\n\n', ': c\ndata: a\n\n', '\uFEFFdata: a\n\n', 'data: a\n'].map(wellFormed)).not.toContain(
      true,
    )
    expect(wellFormed(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0x20, 0xff, 0x0a, 0x0a]))).toBe(false)
  })

  test('is refused if an event exceeds 1 MiB', () => {
    const splitter = new SseSplitter()
    const piece = Buffer.alloc(65_536, 'x')
    expect(() => {
      for (let count = 0; count < 17; count++) splitter.push(piece)
    }).toThrow(expect.objectContaining({ status: 502 }))
  })
})
