const { imul } = Math

/** Numbers of an entry: state, character, next state, and one for alignment. */
const entrySize = 4

/** A table from a state and a character to the next state: open addressing in one typed array, because a map of JavaScript
 *  takes ten times as long for each character. */
export class Transitions {
  private readonly mask: number
  private readonly shift: number
  private readonly entries: Int32Array

  /** @param size the most entries */
  constructor(size: number) {
    const bits = Math.ceil(Math.log2(Math.max(size, 1) * 2))
    const capacity = 2 ** bits
    this.shift = 32 - bits
    this.mask = capacity - 1
    this.entries = new Int32Array(capacity * entrySize)
  }

  /** Returns the next state. 0 is no state that anything leads to: there is no entry. */
  get(state: number, character: number): number {
    return this.entries[this.find(state, character) + 2] as number
  }

  /** Adds an entry. */
  set(state: number, character: number, target: number): void {
    const { entries } = this
    const slot = this.find(state, character)
    entries[slot] = state
    entries[slot + 1] = character
    entries[slot + 2] = target
  }

  /** Returns where the entry is, or where it can be put. */
  private find(state: number, character: number): number {
    const { mask, entries } = this
    let slot = imul(imul(state, 0x9e3779b1) + character, 0x85ebca6b) >>> this.shift
    for (;;) {
      const at = slot * entrySize
      if (entries[at + 2] === 0 || (entries[at] === state && entries[at + 1] === character)) return at
      slot = (slot + 1) & mask
    }
  }
}
