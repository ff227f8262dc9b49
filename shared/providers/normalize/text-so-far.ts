/** Remembers the text of a field so far, as its length and hash, so that a text which repeats it is known. */
export class TextSoFar {
  length = 0
  private hash = 0
  /** Half of a character at the end of the latest piece, which the client has not got. */
  private half = ''

  /** Joins a piece with the half of a character before it. A half at its end is held back, and any other half becomes U+FFFD: Python
   *  cannot write text with halves. Servers that cut text into UTF-16 make them.
   *  @param ending whether no further piece is to come */
  joinHalves(piece: string, ending: boolean): string {
    if (this.half === '' && !loneHalf.test(piece)) return piece
    const text = this.half + piece
    this.half = ending ? '' : (/[\uD800-\uDBFF]$/.exec(text)?.[0] ?? '')
    return text.slice(0, text.length - this.half.length).replace(loneHalves, '\uFFFD')
  }

  add(text: string): void {
    this.hash = addToHash(this.hash, text, text.length)
    this.length += text.length
  }

  /** The rest of a text after the text so far. Returns undefined if it does not begin with it. */
  getRest(text: string): string | undefined {
    if (text.length < this.length || addToHash(0, text, this.length) !== this.hash) return undefined
    return text.slice(this.length)
  }

  /** Another one with the same text, and some more. */
  plus(text: string): TextSoFar {
    const copy = Object.assign(new TextSoFar(), this)
    copy.add(text)
    return copy
  }
}

/** Half of a character that lacks the other one. */
export const loneHalf = /\p{Surrogate}/u
const loneHalves = /\p{Surrogate}/gu

/** Adds the first characters of a text to a polynomial hash of 32 bits. */
const addToHash = (hash: number, text: string, length: number): number => {
  let sum = hash
  for (let index = 0; index < length; index++) sum = (Math.imul(sum, 31) + text.charCodeAt(index) + 1) | 0
  return sum
}
