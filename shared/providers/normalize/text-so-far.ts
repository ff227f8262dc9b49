/** Remembers the text of a field so far, as its length and hash, so that a text which repeats it is known. */
export class TextSoFar {
  length = 0
  private hash = 0

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

/** Adds the first characters of a text to a polynomial hash of 32 bits. */
const addToHash = (hash: number, text: string, length: number): number => {
  let sum = hash
  for (let index = 0; index < length; index++) sum = (Math.imul(sum, 31) + text.charCodeAt(index) + 1) | 0
  return sum
}
