import { GatewayError } from './errors.ts'

/** One event of an SSE stream. */
export interface SseEvent {
  /** The event's bytes as they came, its closing blank line included. */
  readonly raw: Buffer
  /** The joined `data` fields; undefined for an event of comments only. */
  readonly data: string | undefined
}

/** An event larger than this many bytes is refused: no provider sends one, and memory is what an instance has least of. */
export const maxEventBytes = 1_048_576

const LF = 0x0a
const CR = 0x0d

/** Splits a byte stream into SSE events (WHATWG HTML, "Parsing an event stream"): lines end with LF, CRLF or CR, a leading
 *  byte order mark is skipped, comments and other fields stay in `raw` and out of `data`. Every byte pushed is in exactly one
 *  `raw`, in order, and cuts fall on blank lines only, so no character is ever split. Work is linear in the bytes pushed.
 *  @throws upstream_error (502) when an event exceeds `maxEventBytes` */
export class SseSplitter {
  private unfinished: Buffer[] = []
  private unfinishedBytes = 0
  private lineBytes = 0
  private afterCarriageReturn = false
  private atStart = true

  /** Takes the stream's next bytes and returns the events they complete. */
  push(piece: Buffer): SseEvent[] {
    const events: SseEvent[] = []
    let start = 0
    for (let index = 0; index < piece.length; index++) {
      if (!this.endsEvent(piece[index])) continue
      const end = piece[index] === CR && piece[index + 1] === LF ? index + 2 : index + 1
      events.push(this.complete(piece.subarray(start, end)))
      start = end
    }
    this.keep(piece.subarray(start))
    return events
  }

  /** The last event, where the stream ended without the blank line that should close it. */
  end(): SseEvent[] {
    return this.unfinishedBytes > 0 ? [this.complete(Buffer.alloc(0))] : []
  }

  /** Whether a byte is the end of a blank line. The LF of a CRLF ends nothing: its CR already did. */
  private endsEvent(byte: number | undefined): boolean {
    const secondOfPair = byte === LF && this.afterCarriageReturn
    this.afterCarriageReturn = byte === CR
    if (secondOfPair) return false
    const blank = this.lineBytes === 0
    const endsLine = byte === LF || byte === CR
    this.lineBytes = endsLine ? 0 : this.lineBytes + 1
    return endsLine && blank
  }

  private complete(piece: Buffer): SseEvent {
    this.keep(piece)
    const raw = this.unfinished.length === 1 ? (this.unfinished[0] as Buffer) : Buffer.concat(this.unfinished)
    this.unfinished = []
    this.unfinishedBytes = 0
    const text = raw.toString()
    const data = eventData(this.atStart && text.startsWith('\uFEFF') ? text.slice(1) : text)
    this.atStart = false
    return { raw, data }
  }

  private keep(piece: Buffer): void {
    if (piece.length === 0) return
    this.unfinishedBytes += piece.length
    if (this.unfinishedBytes > maxEventBytes) {
      throw new GatewayError(502, 'upstream_error', 'The provider sent an event that is too large to relay.')
    }
    this.unfinished.push(piece)
  }
}

/** The joined `data` lines of one event's text. */
const eventData = (text: string): string | undefined => {
  const data: string[] = []
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
    else if (line === 'data') data.push('')
  }
  return data.length > 0 ? data.join('\n') : undefined
}

/** Frames a JSON value as one SSE event. */
export const sseEvent = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`

/** The event that ends every complete stream. */
export const sseDone = 'data: [DONE]\n\n'
