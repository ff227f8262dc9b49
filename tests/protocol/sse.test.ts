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

const cut = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [0, ...cuts.filter((place) => place < bytes.length).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
}

/** Reads a stream whole, and cut at every single place. Returns the data of its events. */
const readEverywhere = (text: string): string[] => {
  const bytes = Buffer.from(text)
  const whole = split([bytes]).map(({ data }) => data)
  for (let place = 1; place < bytes.length; place++)
    expect(split(cut(bytes, [place])).map(({ data }) => data)).toEqual(whole)
  expect(split([...bytes].map((byte) => Buffer.from([byte]))).map(({ data }) => data)).toEqual(whole)
  return whole
}

const a = '{"a":"1"}'
const b = '{"b":{"c":[2]}}'

describe('an event stream', () => {
  test.each([
    ['LF', `data: ${a}\n\ndata: ${b}\n\n`],
    ['CRLF', `data: ${a}\r\n\r\ndata: ${b}\r\n\r\n`],
    ['CR', `data: ${a}\r\rdata: ${b}\r\r`],
    ['no space, or two', `data:${a}\n\ndata:  ${b}  \n\n`],
    ['blanks before the field', `  data: ${a}\n\n\tdata : ${b}\n\n`],
    ['another case', `DATA: ${a}\n\nData: ${b}\n\n`],
    ['comments and other fields', `: c\nevent: x\nid: 1\ndata: ${a}\nretry: 5\n\n:\ndata: ${b}\n\n`],
    ['byte order marks', `\uFEFFdata: ${a}\n\n\uFEFFdata: ${b}\n\n`],
    ['a byte order mark in the data', `data: \uFEFF${a}\n\ndata: ${b}\n\n`],
    ['no end', `data: ${a}\n\ndata: ${b}`],
    ['one line feed between', `data: ${a}\ndata: ${b}\n`],
    ['names and one line feed between', `event: m\ndata: ${a}\nevent: m\ndata: ${b}\n`],
    ['two objects in the data of one event', `data: ${a}\n${b}\n\n`],
    ['two objects on one line', `data: ${a}${b}\n\n`],
    ['data: written twice', `data: data: ${a}\n\ndata: data:${b}\n\n`],
    ['newline-delimited JSON', `${a}\n${b}\n`],
    ['many blank lines', `\n\n\ndata: ${a}\n\n\n\n\r\n\rdata: ${b}\n\n\n`],
  ])('has the same events, cut anywhere, with %s (R12)', (_name, text) => {
    expect(readEverywhere(text)).toEqual([a, b])
  })

  test.each([
    ['several lines of data', 'data: {"a":\ndata:  1,\ndata: "b":[{}]}\n\n'],
    ['one field and several lines', 'data: {"a":\n 1,\n"b":[{}]}\n\n'],
    ['a document', '{\n"a":\n\n1, "b":[{\n}]\n}\n'],
    ['a document with CR', '{\r"a": 1,\r"b":[{}]}'],
  ])('has JSON over several lines as one event: %s', (_name, text) => {
    const events = readEverywhere(text)
    expect(events.map((data) => JSON.parse(data))).toEqual([{ a: 1, b: [{}] }])
  })

  test.each([
    ['[DONE]', 'data: [DONE]\n\n', ['[DONE]']],
    ['[DONE] without a space', 'data:[DONE]\n\n', ['[DONE]']],
    ['[DONE] without a field', '[DONE]\n', ['[DONE]']],
    ['text', 'data: ping\ndata: null\n\n', ['ping', 'null']],
    ['a line without a known field', 'upstream: busy\n\n', ['upstream: busy']],
    ['data without a colon or a value', 'data:\n\n: c\n\nevent: x\n\n', []],
    ['broken JSON', `data: {"a":[\n\ndata: ${a}\n\n`, ['{"a":[', a]],
    ['a bracket in a string', 'data: {"a":"}\\"{["}\n', ['{"a":"}\\"{["}']],
  ])('has %s as %j', (_name, text, expected) => {
    expect(readEverywhere(text)).toEqual(expected)
  })

  test('has the events of the standard in any framing, cut anywhere, if each is one JSON object (R12)', () => {
    const object = fc.record({ a: fc.string(), b: fc.array(fc.string()) }).map((value) => JSON.stringify(value))
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
    const event = fc
      .tuple(
        object,
        lineEnd,
        fc.constantFrom('data: ', 'data:'),
        fc.constantFrom('', ': c', 'event: x', 'id: 7', 'retry: 1'),
      )
      .map(([data, end, field, before]) => (before ? before + end : '') + field + data + end + end)
    fc.assert(
      fc.property(fc.array(event), fc.array(fc.nat(400), { maxLength: 8 }), (events, cuts) => {
        const text = events.join('')
        expect(split(cut(Buffer.from(text), cuts)).map(({ data }) => data)).toEqual(parseByStandard(text))
      }),
      { numRuns: 300 },
    )
  })

  test('has the same events for any bytes, wherever they are cut (R12)', () => {
    const token = fc.constantFrom(
      ...['data', ':', ' ', '\n', '\r', '\r\n', '\n\n', 'a', '你', '🙂', 'event: x', ': c', '\uFEFF'],
      ...['{', '}', '[', ']', '"', '\\', 'data: {"a":1}\n\n', '{"a":', '}}', 'event: error\n'],
    )
    const stream = fc.array(token, { maxLength: 40 }).map((tokens) => Buffer.from(tokens.join('')))
    fc.assert(
      fc.property(stream, fc.array(fc.nat(120), { maxLength: 8 }), (bytes, cuts) => {
        const strip = (events: ReturnType<typeof split>) => events.map(({ data, isError }) => ({ data, isError }))
        expect(strip(split(cut(bytes, cuts)))).toEqual(strip(split([bytes])))
      }),
      { numRuns: 1000 },
    )
  })

  test('keeps the bytes of an event only in the one form that clients get', () => {
    const raw = (text: string | Buffer) => split([Buffer.from(text)])[0]?.raw?.toString()
    expect(raw(`data: ${a}\n\n`)).toBe(`data: ${a}\n\n`)
    const others = [`data:${a}\n\n`, `data: ${a}\r\n\r\n`, `data: ${a}\n`, '\uFEFFdata: {}\n\n']
    expect(others.map(raw)).toEqual(others.map(() => undefined))
    expect(raw(Buffer.from('data: {"a":"\xff"}\n\n', 'latin1'))).toBeUndefined()
  })

  test('knows an event that is named as an error', () => {
    const errors = split([Buffer.from('event: error\ndata: no\n\ndata: a\n\nevent:stream_error\ndata: {}\n\n')])
    expect(errors.map(({ isError }) => isError)).toEqual([true, false, true])
  })

  test('takes an event of 16 MiB and refuses more without an event', () => {
    const splitter = new SseSplitter()
    const piece = Buffer.alloc(65_536, 'x')
    const feed = (pieces: number) => {
      splitter.push(Buffer.from('data: {"a":"'))
      for (let count = 0; count < pieces; count++) splitter.push(piece)
      return splitter.push(Buffer.from('"}\n\n'))
    }
    expect(feed(255)[0]?.data.length).toBe(255 * 65_536 + 8)
    expect(feed(255)).toHaveLength(1)
    expect(() => feed(257)).toThrow(expect.objectContaining({ status: 502 }))
  })

  test('refuses 16 MiB of comments and blank lines', () => {
    const splitter = new SseSplitter()
    const piece = Buffer.from(`: ${'c'.repeat(96)}\n\n`.repeat(1_000))
    expect(() => {
      for (let count = 0; count < 200; count++) splitter.push(piece)
    }).toThrow(expect.objectContaining({ status: 502 }))
  })
})
