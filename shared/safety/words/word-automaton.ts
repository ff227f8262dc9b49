import { foldCharacter, foldTexts } from './fold-text.ts'
import { Transitions } from './transitions.ts'
import type { ListedWord } from './word-list.ts'

/** The number of characters that occur in no word. The others count from 1. */
const inNoWord = 0

const unknown = -1

/** Whether a unit of UTF-16 is a part of a character only. */
const isHalf = (unit: number): boolean => unit >= 0xd800 && unit < 0xe000

/** The numbers of a state. The first is the state of the longest other end of what has come (`fail`). */
const stateSize = 4
/** Bits of the characters that lead on, five bits of each: most characters do not, and need no look into the table. */
const nexts = 1
/** The longest word that ends in it, from 1; 0 if none does. */
const end = 2
/** The number of characters that lead to it. */
const depth = 3

/** The states of a list of words (Aho and Corasick, "Efficient string matching", 1975). It takes one step for each character,
 *  however many words there are, and finds words that overlap. It is made of folded characters. */
export class WordAutomaton {
  /** The most folded characters of a word. */
  readonly maxLength: number
  private readonly words: readonly ListedWord[]
  private readonly transitions: Transitions
  /** Four numbers for each state, side by side in memory: `fail`, `nexts`, `end`, `depth`. */
  private readonly states: Int32Array
  private readonly lengths: Int32Array
  private readonly alphabet = new Map<number, number>()
  /** The states after the first, by character: most characters begin no word. */
  private readonly firsts: Int32Array
  /** The numbers of characters below U+10000, as far as they have occurred. */
  private readonly classes = new Int32Array(65_536).fill(unknown)

  constructor(words: readonly ListedWord[]) {
    this.words = words
    const folded = foldTexts(words.map(({ text }) => text))
    const size = folded.reduce((sum, { length }) => sum + length, 1)
    this.maxLength = folded.reduce((most, { length }) => Math.max(most, length), 0)
    this.transitions = new Transitions(size)
    this.states = new Int32Array(size * stateSize)
    this.lengths = Int32Array.from(folded, ({ length }) => length)
    const edges = this.grow(folded)
    const characters = { length: this.alphabet.size + 1 }
    this.firsts = Int32Array.from(characters, (_, character) => this.transitions.get(0, character))
    this.link(edges)
  }

  /** Returns the number of a character below U+10000 that folds into one; negative: use {@link fold}. */
  classify(unit: number): number {
    return this.classes[unit] as number
  }

  /** Returns the numbers that a character folds into: none if it is not seen. */
  fold(codePoint: number): readonly number[] {
    const numbers = foldCharacter(codePoint).map((one) => this.alphabet.get(one) ?? inNoWord)
    const [first] = numbers
    if (codePoint < 65_536 && !isHalf(codePoint) && first !== undefined && numbers.length === 1)
      this.classes[codePoint] = first
    return numbers
  }

  /** Returns the state after a character. */
  step(state: number, character: number): number {
    if (character === inNoWord) return 0
    const { states } = this
    const bit = 1 << (character & 31)
    for (let from = state; from !== 0; from = states[from * stateSize] as number) {
      const next =
        ((states[from * stateSize + nexts] as number) & bit) === 0 ? 0 : this.transitions.get(from, character)
      if (next !== 0) return next
    }
    return this.firsts[character] as number
  }

  /** Returns how many of the last characters may be the beginning of a word. */
  depth(state: number): number {
    return this.states[state * stateSize + depth] as number
  }

  /** Whether a word ends in a state. */
  hasEnd(state: number): boolean {
    return this.states[state * stateSize + end] !== 0
  }

  /** Returns the longest word that ends in a state, and its number of folded characters. */
  end(state: number): { readonly word: ListedWord; readonly length: number } | undefined {
    const index = (this.states[state * stateSize + end] as number) - 1
    const word = this.words[index]
    return word && { word, length: this.lengths[index] as number }
  }

  /** Makes the states of all words. Returns for each state the one before it, and the character between them. */
  private grow(folded: readonly (readonly number[])[]): Edges {
    const edges: Edges = { parents: [0], characters: [0] }
    for (const [index, characters] of folded.entries()) {
      let state = 0
      for (const codePoint of characters) state = this.getState(state, this.number(codePoint), edges)
      // A word of nothing but characters that are not seen would be found everywhere.
      if (state !== 0) this.states[state * stateSize + end] ||= index + 1
    }
    return edges
  }

  private number(codePoint: number): number {
    const known = this.alphabet.get(codePoint) ?? this.alphabet.size + 1
    this.alphabet.set(codePoint, known)
    return known
  }

  private getState(state: number, character: number, { parents, characters }: Edges): number {
    const known = this.transitions.get(state, character)
    if (known !== 0) return known
    const added = parents.length
    this.transitions.set(state, character, added)
    this.states[added * stateSize + depth] = this.depth(state) + 1
    this.states[state * stateSize + nexts] =
      (this.states[state * stateSize + nexts] as number) | (1 << (character & 31))
    parents.push(state)
    characters.push(character)
    return added
  }

  /** Links each state to that of the longest other end of what has come, shorter ones first. */
  private link({ parents, characters }: Edges): void {
    const states = [...parents.keys()].slice(1).sort((one, other) => this.depth(one) - this.depth(other))
    for (const state of states) {
      const parent = parents[state] as number
      const fail = parent === 0 ? 0 : this.step(this.states[parent * stateSize] as number, characters[state] as number)
      this.states[state * stateSize] = fail
      if (!this.hasEnd(state)) this.states[state * stateSize + end] = this.states[fail * stateSize + end] as number
    }
  }
}

interface Edges {
  readonly parents: number[]
  readonly characters: number[]
}
