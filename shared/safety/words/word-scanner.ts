import { unclassified, type WordAutomaton } from './word-automaton.ts'

/** A word that was found: its subject, and the place where it begins. The word itself is not named. */
export interface FoundWord {
  readonly label: string
  /** Characters of UTF-16 before it. */
  readonly at: number
}

/** Finds the words of a list in one text, which may come in pieces. */
export class WordScanner {
  /** Characters of UTF-16 that have come. */
  length = 0
  private readonly automaton: WordAutomaton
  private state = 0
  /** Where the latest folded characters begin in the text, as many as the longest word has. */
  private readonly places: Int32Array
  private readonly mask: number
  private count = 0
  /** The first half of a character whose second half has not come. */
  private half = 0

  constructor(automaton: WordAutomaton) {
    this.automaton = automaton
    // A power of two, so that a place is found without a division.
    this.places = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(1, automaton.maxLength))))
    this.mask = this.places.length - 1
  }

  /** Where the part of the text begins that may be the beginning of a word. All before it is clear. */
  get heldFrom(): number {
    const depth = this.automaton.depth(this.state)
    if (depth > 0) return this.getPlace(depth)
    return this.half === 0 ? this.length : this.length - 1
  }

  /** Adds a piece of the text. Returns the first word that ends in it. */
  push(piece: string): FoundWord | undefined {
    const { automaton, places, mask, length: start } = this
    for (let index = 0; index < piece.length; index += 1) {
      const unit = piece.charCodeAt(index)
      const known = this.half === 0 ? automaton.classify(unit) : unclassified
      if (known < 0) {
        this.length = start + index
        if (this.pushSlowly(unit)) return this.found()
      } else {
        places[this.count & mask] = start + index
        this.count += 1
        this.state = automaton.step(this.state, known)
        if (this.state !== 0 && automaton.hasEnd(this.state)) return this.found()
      }
    }
    this.length = start + piece.length
    return undefined
  }

  /** Adds a unit that is no character of its own, is not seen, folds into several, or has not occurred. Returns whether a
   *  word ends in it. */
  private pushSlowly(unit: number): boolean {
    const place = this.half === 0 ? this.length : this.length - 1
    const codePoint = this.join(unit)
    if (codePoint < 0) return false
    for (const number of this.automaton.fold(codePoint)) {
      this.places[this.count & this.mask] = place
      this.count += 1
      this.state = this.automaton.step(this.state, number)
      if (this.automaton.hasEnd(this.state)) return true
    }
    return false
  }

  /** Joins the halves of a character beyond U+FFFF. Returns -1 after the first half. */
  private join(unit: number): number {
    const { half } = this
    this.half = unit >= 0xd800 && unit < 0xdc00 ? unit : 0
    if (this.half !== 0) return -1
    return half !== 0 && unit >= 0xdc00 && unit < 0xe000 ? (half - 0xd800) * 0x400 + (unit - 0xdc00) + 0x10000 : unit
  }

  private found(): FoundWord | undefined {
    const end = this.automaton.end(this.state)
    return end && { label: end.word.label, at: this.getPlace(end.length) }
  }

  private getPlace(charactersBack: number): number {
    return this.places[(this.count - charactersBack) & this.mask] as number
  }
}
