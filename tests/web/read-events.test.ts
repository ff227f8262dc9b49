import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readEvents } from '../../web/parts/gateway/read-events.ts'

/** Streams pieces of bytes. */
const stream = (pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })

const read = async (pieces: readonly Uint8Array[]): Promise<string[]> => {
  const events: string[] = []
  for await (const event of readEvents(stream(pieces))) events.push(event)
  return events
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Cuts bytes at these places. */
const cut = (whole: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const ends = [...places.map((place) => place % (whole.length + 1)), whole.length].sort((one, other) => one - other)
  return ends.map((end, at) => whole.slice(ends[at - 1] ?? 0, end))
}

describe('the events of a stream', () => {
  test('are the same wherever the bytes are cut, inside a Chinese character or a line break too', async () => {
    const line = fc.stringMatching(/^[你好😀a-z{}:" ]{0,12}$/u)
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (texts, end, places) => {
          const whole = texts.map((text) => `data: ${text}${end}${end}`).join('')
          expect(await read(cut(bytes(whole), places))).toEqual(texts)
        },
      ),
    )
  })

  test.each([
    [': keep-alive\n\ndata: a\n\n', ['a']],
    ['data: a\ndata:b\n\n', ['a\nb']],
    ['event: x\nid: 1\ndata:  a\n\n', [' a']],
    ['data: whole\n\ndata: broken off', ['whole']],
    ['', []],
  ])('of %j are %j', async (text, events) => {
    expect(await read([bytes(text)])).toEqual(events)
  })

  test('end the request if the reader wants no more', async () => {
    let isCancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes('data: a\n\n')),
      cancel: () => {
        isCancelled = true
      },
    })
    for await (const data of readEvents(endless)) if (data === 'a') break
    expect(isCancelled).toBe(true)
  })
})
