import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { HttpMessages } from '../../bench/wire/http-messages.ts'

const read = (pieces: readonly Buffer[]): { head: string; body: string }[] => {
  const whole: { head: string; body: string }[] = []
  let head = ''
  let body = ''
  const messages = new HttpMessages({
    onHead: (text) => {
      head = text
      body = ''
    },
    onBody: (piece) => (body += piece.toString()),
    onEnd: () => void whole.push({ head, body }),
  })
  for (const piece of pieces) messages.push(piece)
  return whole
}

const wire = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfirs\r\n1d\r\nt, then twenty-seven letters.\r\n0\r\n\r\n',
  'POST /v1 HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}',
]

describe('HttpMessages', () => {
  test('reads messages of every framing from any pieces', () => {
    const bytes = Buffer.from(wire.join(''))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 }), (cuts) => {
        const edges = [0, ...cuts.sort((one, other) => one - other), bytes.length]
        const pieces = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
        expect(read(pieces).map(({ body }) => body)).toEqual(['hello', '', 'first, then twenty-seven letters.', '{}'])
      }),
    )
  })

  test('returns the head without its blank line', () => {
    expect(read([Buffer.from(wire[1] ?? '')])[0]?.head).toBe('HTTP/1.1 204 No Content\r\ncontent-length: 0')
  })
})
