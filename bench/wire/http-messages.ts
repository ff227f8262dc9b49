/** The callbacks of `HttpMessages`. */
export interface MessageListener {
  /** The first line and the header lines, in ASCII. */
  readonly onHead: (head: string) => void
  readonly onBody: (piece: Buffer) => void
  readonly onEnd: () => void
}

const headEnd = Buffer.from('\r\n\r\n')
const lineEnd = Buffer.from('\r\n')

/** Parses the HTTP/1.1 messages of a connection one after another (RFC 9112): bodies by content-length or chunked, without trailers.
 *  It does only what the processes of the benchmark need and costs little, so that it does not change the measurement. */
export class HttpMessages {
  private readonly listener: MessageListener
  private unread: Buffer = Buffer.alloc(0)
  /** Remaining bytes of the body or the chunk; undefined before the end of the head. */
  private remaining: number | undefined
  private chunked = false
  private inChunk = false

  constructor(listener: MessageListener) {
    this.listener = listener
  }

  push(piece: Buffer): void {
    this.unread = this.unread.length === 0 ? piece : Buffer.concat([this.unread, piece])
    while (this.step());
  }

  /** Parses one part. Returns false if it needs more bytes. */
  private step(): boolean {
    if (this.remaining === undefined) return this.readHead()
    if (this.chunked && !this.inChunk) return this.readChunkSize()
    return this.readBody(this.remaining)
  }

  private readHead(): boolean {
    const end = this.unread.indexOf(headEnd)
    if (end < 0) return false
    const head = this.take(end + headEnd.length).toString('latin1', 0, end)
    this.chunked = /\r\ntransfer-encoding: *chunked/i.test(head)
    this.inChunk = false
    this.remaining = this.chunked ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    this.listener.onHead(head)
    if (!this.chunked && this.remaining === 0) this.finish()
    return true
  }

  private readChunkSize(): boolean {
    const end = this.unread.indexOf(lineEnd)
    if (end < 0) return false
    const size = Number.parseInt(this.unread.toString('latin1', 0, end), 16)
    if (size === 0 && this.unread.length < end + 4) return false
    this.take(end + (size === 0 ? 4 : 2))
    if (size === 0) this.finish()
    else {
      this.remaining = size
      this.inChunk = true
    }
    return true
  }

  private readBody(remaining: number): boolean {
    const available = Math.min(remaining, this.unread.length)
    if (available > 0) this.listener.onBody(this.take(available))
    this.remaining = remaining - available
    if (this.remaining > 0) return false
    if (!this.chunked) return this.finish()
    if (this.unread.length < lineEnd.length) return false
    this.take(lineEnd.length)
    this.inChunk = false
    return true
  }

  private finish(): true {
    this.remaining = undefined
    this.listener.onEnd()
    return true
  }

  private take(length: number): Buffer {
    const taken = this.unread.subarray(0, length)
    this.unread = this.unread.subarray(length)
    return taken
  }
}
