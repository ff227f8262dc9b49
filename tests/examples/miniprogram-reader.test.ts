import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'acorn'
import fc from 'fast-check'
import { clientFiles, clientModule } from '../../scripts/docs/miniprogram-module.ts'
import { createEventReader, decodeUtf8, encodeUtf8 } from './load-gateway-client.ts'

/** Reads a stream that is cut at the given places. */
const readCut = (stream: Buffer, cuts: readonly number[]): string[] => {
  const data: string[] = []
  const { push } = createEventReader((text) => data.push(text))
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((one, other) => one - other)
  for (const [index, place] of places.slice(1).entries())
    push(Uint8Array.from(stream.subarray(places[index], place)).buffer)
  return data
}

const everyByte = (stream: Buffer): number[] => [...stream.keys()]

const unit = fc.constantFrom('a', '你', '好', '👋', 'é', ' ', '"', ':', '\u2028', '\ufffd')
const text = fc.string({ unit, minLength: 1, maxLength: 12 })

describe('the reader of events', () => {
  test('reads the same whatever the cuts, the ends of lines and the comments', () => {
    const event = fc.tuple(
      text,
      fc.constantFrom('data: ', 'data:'),
      fc.constantFrom('', ': keep-alive\n', 'event: x\nid: 1\n'),
    )
    const streams = fc.tuple(
      fc.array(event, { maxLength: 8 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.integer({ min: 0, max: 999 })),
    )
    fc.assert(
      fc.property(streams, ([events, end, cuts]) => {
        const expected = events.map(([words, field]) => (field === 'data:' ? words.replace(/^ /, '') : words))
        const lines = events.map(([words, field, before]) => `${before}${field}${words}\n\n`).join('')
        const stream = Buffer.from(lines.replaceAll('\n', end))
        expect(readCut(stream, cuts)).toEqual(expected)
        expect(readCut(stream, everyByte(stream))).toEqual(expected)
      }),
    )
  })

  test('joins the lines of one event, and skips a byte order mark', () => {
    expect(readCut(Buffer.from('\ufeffdata: 你\ndata\ndata:好\n\ndata: half'), [])).toEqual(['你\n\n好'])
  })

  test('takes ArrayBuffers, views of a larger buffer, and texts', () => {
    const data: string[] = []
    const { push } = createEventReader((words) => data.push(words))
    const larger = Buffer.from('xxdata: 你yy')
    push(new Uint8Array(larger.buffer, larger.byteOffset + 2, larger.length - 4))
    push('好👋\n')
    push(new Uint8Array([10]).buffer)
    expect(data).toEqual(['你好👋'])
  })
})

describe('UTF-8 without a TextDecoder', () => {
  test('is decoded as TextDecoder decodes it, also bytes that are no text', () => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    const piece = fc.constantFrom(
      [0xe4, 0xbd, 0xa0],
      [0xf0, 0x9f, 0x91, 0x8b],
      [0xed, 0xa0, 0x80],
      [0xc0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xe4, 0xbd],
      [0x41],
      [0xe0, 0x80, 0x80],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const bytes = Uint8Array.from(pieces.flat())
        expect(decodeUtf8(bytes).replace(/\ufffd+/g, '\ufffd')).toBe(
          decoder.decode(bytes).replace(/\ufffd+/g, '\ufffd'),
        )
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(decodeUtf8(bytes).replace(/\ufffd+/g, '\ufffd')).toBe(
          decoder.decode(bytes).replace(/\ufffd+/g, '\ufffd'),
        )
      }),
    )
  })

  test('is encoded as TextEncoder encodes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800', '\udc00x', 'x\ud83d'), (words, half) => {
        expect(encodeUtf8(words + half)).toEqual(new TextEncoder().encode(words + half))
      }),
    )
  })
})

describe.each([...clientFiles, clientModule])('%s', (file) => {
  const source = readFileSync(file, 'utf8').replace(/\nexport \{ createGateway \}\n$/, '\n')

  test('is ES5, so that it runs on every device without a build step', () => {
    expect(() => parse(source, { ecmaVersion: 5, sourceType: 'script' })).not.toThrow()
  })

  test('uses no global that devices lack', () => {
    const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/'[^'\n]*'/g, "''")
    expect(code).not.toMatch(/\b(TextDecoder|TextEncoder|Promise|fetch|URL|Map|Set|Symbol|Buffer|globalThis|console)\b/)
  })
})
