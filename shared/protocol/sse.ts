import { GatewayError } from './errors.ts'

/** One event of an SSE stream. */
export interface SseEvent {
  /** The event's bytes as received, with the blank line that ends it. */
  readonly raw: Buffer
  /** The joined `data` fields; undefined if the event consists of comments only. */
  readonly data: string | undefined
  /** Whether `raw` is well formed: UTF-8 without a byte order mark, and only lines that SSE defines. */
  readonly wellFormed: boolean
}

/** The largest event in bytes. No provider sends a larger one, and the memory of an instance is small. */
const maxEventBytes = 1_048_576

const LF = 0x0a
const CR = 0x0d

/** Splits a byte stream into SSE events (WHATWG HTML, "Parsing an event stream"). Lines end with LF, CRLF or CR. A
 *  leading byte order mark is skipped. Comments and other fields are in `raw` but not in `data`. Each byte is in
 *  exactly one `raw`, in order, and events are cut at blank lines only, so no character is split. The work is linear in
 *  the number of bytes.
 *  @throws upstream_error (502) if an event exceeds `maxEventBytes` */
export class SseSplitter {
  private unfinished: Buffer[] = []
  private unfinishedBytes = 0
  private lineBytes = 0
  private afterCarriageReturn = false
  private atStart = true

  /** Adds the next bytes of the stream and returns the events that are complete now. */
  push(piece: Buffer): SseEvent[] {
    return this.afterCarriageReturn || piece.includes(CR) ? this.pushAnyLines(piece) : this.pushLineFeeds(piece)
  }

  /** Splits bytes whose lines end with LF only, as nearly all do. Searches natively, without a look at each byte. */
  private pushLineFeeds(piece: Buffer): SseEvent[] {
    const events: SseEvent[] = []
    let start = 0
    let lineStart = -this.lineBytes
    for (let at = piece.indexOf(LF); at >= 0; at = piece.indexOf(LF, at + 1)) {
      const blank = at === lineStart
      lineStart = at + 1
      if (!blank) continue
      events.push(this.complete(piece.subarray(start, lineStart)))
      start = lineStart
    }
    this.lineBytes = piece.length - lineStart
    this.keep(piece.subarray(start))
    return events
  }

  private pushAnyLines(piece: Buffer): SseEvent[] {
    const events: SseEvent[] = []
    let { lineBytes, afterCarriageReturn } = this
    let start = 0
    for (let index = 0; index < piece.length; index++) {
      const byte = piece[index]
      const secondOfPair = byte === LF && afterCarriageReturn
      afterCarriageReturn = byte === CR
      if (secondOfPair) continue
      if (byte !== LF && byte !== CR) {
        lineBytes += 1
        continue
      }
      const blank = lineBytes === 0
      lineBytes = 0
      if (!blank) continue
      const end = byte === CR && piece[index + 1] === LF ? index + 2 : index + 1
      events.push(this.complete(piece.subarray(start, end)))
      start = end
    }
    this.lineBytes = lineBytes
    this.afterCarriageReturn = afterCarriageReturn
    this.keep(piece.subarray(start))
    return events
  }

  /** Returns the last event if the stream ended without the blank line after it. */
  end(): SseEvent[] {
    return this.unfinishedBytes > 0 ? [this.complete(Buffer.alloc(0))] : []
  }

  private complete(piece: Buffer): SseEvent {
    this.keep(piece)
    const raw = this.unfinished.length === 1 ? (this.unfinished[0] as Buffer) : Buffer.concat(this.unfinished)
    this.unfinished = []
    this.unfinishedBytes = 0
    const event = parseEvent(raw, this.atStart)
    this.atStart = false
    return event
  }

  private keep(piece: Buffer): void {
    if (piece.length === 0) return
    this.unfinishedBytes += piece.length
    if (this.unfinishedBytes > maxEventBytes) {
      throw new GatewayError(502, 'upstream_error', 'The provider sent an event that is too large to relay.', {
        headers: { 'x-should-retry': 'false' },
      })
    }
    this.unfinished.push(piece)
  }
}

const byteOrderMark = '\uFEFF'
const sseFields: readonly string[] = ['data', 'event', 'id', 'retry']

/** Parses one event. Nearly all consist of one line `data: …` and LF LF, a form that a few searches recognise. */
const parseEvent = (raw: Buffer, isFirst: boolean): SseEvent => {
  const text = raw.toString()
  const isUtf8 = !text.includes('\uFFFD')
  if (
    text.startsWith('data: ') &&
    text.indexOf('\n') === text.length - 2 &&
    text.endsWith('\n') &&
    !text.includes('\r')
  ) {
    return { raw, data: text.slice(6, -2), wellFormed: isUtf8 }
  }
  const hasMark = isFirst && text.startsWith(byteOrderMark)
  const lines = (hasMark ? text.slice(1) : text).split(/\r\n|\n|\r/)
  const data = lines.filter((line) => line.startsWith('data:') || line === 'data')
  return {
    raw,
    data: data.length > 0 ? data.map(getLineValue).join('\n') : undefined,
    wellFormed: isUtf8 && !hasMark && lines.every(isKnownLine) && endsWithBlankLine(text),
  }
}

const getLineValue = (line: string): string => line.slice(line[5] === ' ' ? 6 : 5)

const isKnownLine = (line: string): boolean => line === '' || sseFields.includes(line.split(':', 1)[0] as string)

const endsWithBlankLine = (text: string): boolean => /(\n|\r)(\r\n|\n|\r)$/.test(text)

/** Formats text without line breaks as the data of one event. */
export const formatSseData = (data: string): string => `data: ${data}\n\n`

/** Formats a JSON value as one SSE event. */
export const formatSseEvent = (value: unknown): string => formatSseData(JSON.stringify(value))

/** A comment, which clients skip. It keeps a silent connection open. */
export const sseKeepAlive = ': keep-alive\n\n'

/** The event that ends each complete stream. */
export const sseDone = 'data: [DONE]\n\n'
