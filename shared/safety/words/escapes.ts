/** The beginning of an escape at the end of a piece. */
const unfinished = /\\(u[0-9a-f]{0,3})?$/i

const completeEscape = /\\u([0-9a-f]{4})/gi

/** Decodes the characters that JSON writes as `\u6cd5`. Other escapes stay, because they write no letter. */
export const decodeEscapes = (text: string): string =>
  text.includes('\\u')
    ? text.replace(completeEscape, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)))
    : text

/** Decodes the escapes of a text that comes in pieces. */
export class EscapeDecoder {
  /** What may be the beginning of an escape. */
  pending = ''

  /** Adds a piece. Returns the text that is known. */
  push(piece: string): string {
    if (this.pending === '' && !piece.includes('\\')) return piece
    const text = this.pending + piece
    this.pending = unfinished.exec(text)?.[0] ?? ''
    return decodeEscapes(text.slice(0, text.length - this.pending.length))
  }

  /** Returns what was the beginning of none. */
  end(): string {
    const { pending } = this
    this.pending = ''
    return pending
  }
}
