import { foldCharacter } from './fold-text.ts'
import type { Transitions } from './transitions.ts'
import type { ListedWord } from './word-list.ts'

/** The number of characters that occur in no word. The others count from 1. */
const inNoWord = 0

/** The number of a character that has not occurred yet. */
export const unclassified = -1

/** Whether a unit of UTF-16 is a part of a character only. */
const isHalf = (unit: number): boolean => unit >= 0xd800 && unit < 0xe000

/** The numbers of a state, side by side in memory. */
export const stateSize = 4
/** The state of the longest other end of what has come. */
export const linkAt = 0
/** Bits of the characters that lead on, five bits of each: most characters do not, and need no look into the table. */
export const nextsAt = 1
/** The longest word that ends in it, from 1; 0 if none does. */
export const endAt = 2
/** The number of characters that lead to it. */
export const depthAt = 3

/** The bit of a character in {@link nextsAt}. */
export const toBit = (character: number): number => 1 << (character & 31)

/** What an automaton is made of. `buildAutomaton` fills it. */
export interface AutomatonParts {
  readonly words: readonly ListedWord[]
  /** The number of folded characters of each word. */
  readonly lengths: Int32Array
  /** The numbers of the folded characters of all words. */
  readonly alphabet: ReadonlyMap<number, number>
  readonly transitions: Transitions
  /** {@link stateSize} numbers for each state. */
  readonly states: Int32Array
}

/** The states of a list of words (Aho and Corasick, "Efficient string matching", 1975). It takes one step for each character,
 *  however many words there are, and finds words that overlap. It is made of folded characters. */
export class WordAutomaton {
  /** The most folded characters of a word. */
  readonly maxLength: number
  private readonly parts: AutomatonParts
  private readonly states: Int32Array
  private readonly transitions: Transitions
  /** The states after the first, by character: most characters begin no word. */
  private readonly firsts: Int32Array
  /** The numbers of characters below U+10000, as far as they have occurred. */
  private readonly classes = new Int32Array(65_536).fill(unclassified)

  constructor(parts: AutomatonParts) {
    this.parts = parts
    this.states = parts.states
    this.transitions = parts.transitions
    this.maxLength = parts.lengths.reduce((most, length) => Math.max(most, length), 0)
    this.firsts = new Int32Array(parts.alphabet.size + 1).map((_, character) => parts.transitions.get(0, character))
  }

  /** Returns the number of a character below U+10000 that folds into one; negative: use {@link fold}. */
  classify(unit: number): number {
    return this.classes[unit] as number
  }

  /** Returns the numbers that a character folds into: none if it is not seen. */
  fold(codePoint: number): readonly number[] {
    const numbers = foldCharacter(codePoint).map((one) => this.parts.alphabet.get(one) ?? inNoWord)
    const [first] = numbers
    if (codePoint < 65_536 && !isHalf(codePoint) && first !== undefined && numbers.length === 1)
      this.classes[codePoint] = first
    return numbers
  }

  /** Returns the state after a character. */
  step(state: number, character: number): number {
    if (character === inNoWord) return 0
    const { states } = this
    const bit = toBit(character)
    for (let from = state; from !== 0; from = states[from * stateSize + linkAt] as number) {
      const next =
        ((states[from * stateSize + nextsAt] as number) & bit) === 0 ? 0 : this.transitions.get(from, character)
      if (next !== 0) return next
    }
    return this.firsts[character] as number
  }

  /** Returns how many of the last characters may be the beginning of a word. */
  depth(state: number): number {
    return this.states[state * stateSize + depthAt] as number
  }

  /** Whether a word ends in a state. */
  hasEnd(state: number): boolean {
    return this.states[state * stateSize + endAt] !== 0
  }

  /** Returns the longest word that ends in a state, and its number of folded characters. */
  end(state: number): { readonly word: ListedWord; readonly length: number } | undefined {
    const index = (this.states[state * stateSize + endAt] as number) - 1
    const word = this.parts.words[index]
    return word && { word, length: this.parts.lengths[index] as number }
  }
}
