import { getFinalDepth } from '../runtime/json.ts'
import { GatewayError } from './errors.ts'

/** One event of a provider's stream. */
export interface SseEvent {
  /** Its data without blanks around them, never empty: one JSON value, or text. */
  readonly data: string
  /** The bytes as they came, if they are `data: {…}` and a blank line. Undefined for any other form. */
  readonly raw: Buffer | undefined
  /** Whether the event is named as an error (`event: error`). */
  readonly isError: boolean
}

/** The event that ends a stream. */
export const endEvent: SseEvent = { data: '[DONE]', raw: undefined, isError: false }

/** Most bytes of an event, or of a whole response: a picture in base64 fits. */
export const maxResponseBytes = 16_777_216

/** How many bytes are searched for the beginning of a document. */
const maxSearchBytes = 64

const LF = 0x0a
const CR = 0x0d
const colon = Buffer.from(':')

/** Splits a byte stream into events (WHATWG HTML, "Parsing an event stream"), and reads leniently what providers make of
 *  it. Lines end with LF, CRLF or CR, and may begin with blanks or a byte order mark. Each JSON value is an event of its
 *  own: over several lines, beside another one, without a blank line after it, or without `data:` before it, as in a
 *  document, in newline-delimited JSON or in a list. Any other line of data, or line without a known field, is an event of text.
 *  The work is linear in the number of bytes.
 *  @throws upstream_error (502) if `maxResponseBytes` come without an event */
export class SseSplitter {
  private events: SseEvent[] = []
  private unfinished: Buffer[] = []
  /** Bytes since the last event. */
  private waitingBytes = 0
  private afterCarriageReturn = false
  /** The lines of a JSON value that is not complete, and how deep it nests at their end. */
  private lines: string[] = []
  private depth = 0
  /** Whether that value stands without `data:`. */
  private isBare = false
  private isError = false
  /** Whether the event is named as the end (`event: done`). */
  private isEnd = false
  private bareEvents = 0
  private eventCount = 0

  /** Whether all that came is one JSON document, not a stream. */
  get isDocument(): boolean {
    return this.eventCount === 1 && this.bareEvents === 1
  }

  /** Whether all that came is the beginning of a document, which may be all of it: its last line has no end. */
  get mayBeDocument(): boolean {
    if (this.eventCount > 0) return false
    if (this.lines.length > 0) return this.isBare
    return /^\s*[{[]/.test(this.unfinished[0]?.toString('latin1', 0, maxSearchBytes) ?? '')
  }

  /** Bytes of the event that is not complete yet. Those of a comment are none. */
  get pendingBytes(): number {
    const isEvent = this.lines.length > 0 || (this.unfinished[0] ?? colon)[0] !== colon[0]
    return isEvent ? this.waitingBytes : 0
  }

  /** Adds the next bytes of the stream and returns the events that are complete now. */
  push(piece: Buffer): SseEvent[] {
    this.waitingBytes += piece.length
    let start = this.afterCarriageReturn && piece[0] === LF ? 1 : 0
    this.afterCarriageReturn = piece.at(-1) === CR
    const ends = piece.includes(CR) ? new LineEnds(piece) : undefined
    for (;;) {
      const end = ends ? ends.next(start) : piece.indexOf(LF, start)
      if (end < 0) break
      start = this.readNormalEvent(piece, start, end) ?? this.readBytes(piece, start, end)
    }
    this.keep(piece.subarray(start))
    return this.takeEvents()
  }

  /** Returns the events that the stream ended in the middle of. */
  end(): SseEvent[] {
    this.readBytes(Buffer.alloc(0), 0, 0)
    this.endValue()
    this.endName()
    return this.takeEvents()
  }

  /** Returns the document that has come, if it is complete but for the end of its last line. */
  endDocument(): SseEvent[] {
    const rest = this.mayBeDocument ? this.join(Buffer.alloc(0)).toString().trim() : ''
    const { depth, end } = getFinalDepth(rest, this.depth)
    if (rest === '' || depth > 0 || end < rest.length) return []
    this.readBytes(Buffer.alloc(0), 0, 0)
    return this.takeEvents()
  }

  private takeEvents(): SseEvent[] {
    const { events } = this
    if (events.length > 0) this.events = []
    this.eventCount += events.length
    return events
  }

  /** Reads `data: {…}` with LF LF, as nearly all events are, without a look at each line. Returns where the next line
   *  starts; undefined if the line has another form. */
  private readNormalEvent(piece: Buffer, start: number, end: number): number | undefined {
    if (piece[end + 1] !== LF || piece[end] !== LF || this.lines.length > 0 || this.isError) return undefined
    const next = end + 2
    const raw = this.join(piece.subarray(start, next))
    const text = raw.toString('utf8', 0, raw.length - 2)
    if (!text.startsWith('data: {') || !text.endsWith('}') || text.includes('}{') || text.includes('\uFFFD'))
      return undefined
    this.unfinished = []
    this.waitingBytes = piece.length - next
    this.events.push({ data: text.slice('data: '.length), raw, isError: false })
    return next
  }

  /** Reads the line that ends at `end`. Returns where the next one starts. */
  private readBytes(piece: Buffer, start: number, end: number): number {
    const line = this.join(piece.subarray(start, end))
    this.unfinished = []
    this.readLine(line.toString().replaceAll('\0', '').trim())
    return piece[end] === CR && piece[end + 1] === LF ? end + 2 : end + 1
  }

  /** The bytes of a line, those of earlier pieces included. */
  private join(bytes: Buffer): Buffer {
    return this.unfinished.length > 0 ? Buffer.concat([...this.unfinished, bytes]) : bytes
  }

  private readLine(line: string): void {
    if (line === '') {
      if (!this.isBare) this.endValue()
      this.endName()
      return
    }
    const [prefix = '', field] = fieldPattern.exec(line) ?? []
    const value = line.slice(prefix.length)
    if (prefix === '') this.readValues(line, true)
    else if (field?.toLowerCase() === 'data') this.readValues(value, false)
    else if (field?.toLowerCase() === 'event') this.readName(value.trim())
  }

  private readName(name: string): void {
    this.isError = /error$/i.test(name)
    this.isEnd = /^(done|end)$/i.test(name)
  }

  private endName(): void {
    if (this.isEnd) this.events.push(endEvent)
    this.isError = false
    this.isEnd = false
  }

  /** Reads the JSON values, or the text, of a line. */
  private readValues(line: string, isBare: boolean): void {
    if (this.isBare && !isBare) this.endValue()
    let rest = this.skipSeparators(line)
    while (rest !== '') {
      const isJson = this.depth > 0 || rest[0] === '{' || rest[0] === '['
      const { depth, end } = isJson ? getFinalDepth(rest, this.depth) : { depth: 0, end: rest.length }
      if (this.lines.length === 0) this.isBare = isBare
      this.lines.push(rest.slice(0, end))
      this.depth = depth
      if (depth === 0) this.endValue()
      rest = this.skipSeparators(rest.slice(end))
    }
  }

  /** Skips what stands between two values. The brackets of a list of values are skipped, too. */
  private skipSeparators(text: string): string {
    const value = text.replace(repeatedField, '')
    return (this.depth > 0 ? value : value.replace(listSeparators, '')).trim()
  }

  private endValue(): void {
    if (this.lines.length > 0) {
      const data = this.lines.length === 1 ? (this.lines[0] as string) : this.lines.join('\n')
      this.events.push({ data, raw: undefined, isError: this.isError })
      if (this.isBare && data.startsWith('{')) this.bareEvents += 1
      this.waitingBytes = 0
    }
    this.lines = []
    this.depth = 0
    this.isBare = false
  }

  private keep(piece: Buffer): void {
    if (this.waitingBytes > maxResponseBytes) {
      throw new GatewayError(502, 'upstream_error', 'The provider sent an event that is too large to relay.', {
        failure: 'outage',
        headers: { 'x-should-retry': 'false' },
      })
    }
    if (piece.length > 0) this.unfinished.push(piece)
  }
}

/** Finds the ends of the lines of a piece. Each byte is searched once for each kind. */
class LineEnds {
  private readonly piece: Buffer
  private lineFeed: number
  private carriageReturn: number

  constructor(piece: Buffer) {
    this.piece = piece
    this.lineFeed = piece.indexOf(LF)
    this.carriageReturn = piece.indexOf(CR)
  }

  /** The index of the first line end at or after `start`; -1 if there is none. */
  next(start: number): number {
    const { piece } = this
    if (this.lineFeed >= 0 && this.lineFeed < start) this.lineFeed = piece.indexOf(LF, start)
    if (this.carriageReturn >= 0 && this.carriageReturn < start) this.carriageReturn = piece.indexOf(CR, start)
    const { lineFeed, carriageReturn } = this
    if (carriageReturn < 0) return lineFeed
    return lineFeed < 0 ? carriageReturn : Math.min(lineFeed, carriageReturn)
  }
}

/** A field's name and its colon. A line that begins with a colon is a comment. */
const fieldPattern = /^(data|event|id|retry)?[ \t]*:/i

/** Proxies write `data: data: {…}`. */
const repeatedField = /^\s*(?:data[ \t]*:\s*)+/i

/** The comma and the brackets around a value in a list, such as Gemini's own API streams. */
const listSeparators = /^[\s,[\]]+(?=\{|$)/

/** Formats text without line breaks as the data of one event. */
export const formatSseData = (data: string): string => `data: ${data}\n\n`

/** Formats a JSON value as one SSE event. */
export const formatSseEvent = (value: unknown): string => formatSseData(JSON.stringify(value))

/** A comment, which clients skip. It keeps a silent connection open. */
export const sseKeepAlive = ': keep-alive\n\n'

/** The event that ends each complete stream. */
export const sseDone = 'data: [DONE]\n\n'
