import type { SlicedWork } from '../../runtime/slices.ts'
import { type FoldedTexts, foldTexts } from './fold-text.ts'
import { Transitions } from './transitions.ts'
import {
  type AutomatonParts,
  depthAt,
  endAt,
  linkAt,
  nextsAt,
  stateSize,
  toBit,
  WordAutomaton,
} from './word-automaton.ts'
import type { ListedWord } from './word-list.ts'

/** Words, and states, between two yields. */
const wordsPerSlice = 64
const statesPerSlice = 256

/** Builds the automaton of a list of words. */
export function* buildAutomaton(words: readonly ListedWord[]): SlicedWork<WordAutomaton> {
  const folded = yield* foldTexts(words)
  const tree = new WordTree(folded)
  yield* tree.grow(folded)
  const { transitions, states, alphabet } = tree
  const lengths = Int32Array.from(folded.ends, (to, index) => to - (folded.ends[index - 1] ?? 0))
  const parts: AutomatonParts = { words, lengths, alphabet, transitions, states }
  const automaton = new WordAutomaton(parts)
  yield
  yield* linkStates(automaton, tree)
  return automaton
}

/** The states of all words, without the links between them. */
class WordTree {
  readonly alphabet = new Map<number, number>()
  readonly transitions: Transitions
  readonly states: Int32Array
  /** The state before each state, and the character between them. */
  readonly parents: Int32Array
  readonly characters: Int32Array
  count = 1

  constructor({ characters }: FoldedTexts) {
    const size = characters.length + 1
    this.transitions = new Transitions(size)
    this.states = new Int32Array(size * stateSize)
    this.parents = new Int32Array(size)
    this.characters = new Int32Array(size)
  }

  *grow({ characters, ends }: FoldedTexts): SlicedWork<void> {
    let from = 0
    for (const [index, to] of ends.entries()) {
      let state = 0
      for (let at = from; at < to; at += 1) state = this.getNext(state, this.number(characters[at] as number))
      // A word of nothing but characters that are not seen would be found everywhere.
      if (state !== 0) this.states[state * stateSize + endAt] ||= index + 1
      from = to
      if (index % wordsPerSlice === 0) yield
    }
  }

  private number(codePoint: number): number {
    const known = this.alphabet.get(codePoint) ?? this.alphabet.size + 1
    this.alphabet.set(codePoint, known)
    return known
  }

  private getNext(state: number, character: number): number {
    const { states, transitions, count: added } = this
    const known = transitions.get(state, character)
    if (known !== 0) return known
    transitions.set(state, character, added)
    states[added * stateSize + depthAt] = (states[state * stateSize + depthAt] as number) + 1
    states[state * stateSize + nextsAt] = (states[state * stateSize + nextsAt] as number) | toBit(character)
    this.parents[added] = state
    this.characters[added] = character
    this.count += 1
    return added
  }
}

/** Links each state to that of the longest other end of what has come, shorter ones first. */
function* linkStates(automaton: WordAutomaton, { states, parents, characters, count }: WordTree): SlicedWork<void> {
  const order = yield* sortByDepth(automaton, count)
  for (const [index, state] of order.entries()) {
    const parent = parents[state] as number
    const link =
      parent === 0 ? 0 : automaton.step(states[parent * stateSize + linkAt] as number, characters[state] ?? 0)
    states[state * stateSize + linkAt] = link
    states[state * stateSize + endAt] ||= states[link * stateSize + endAt] as number
    if (index % statesPerSlice === 0) yield
  }
}

/** Sorts all states but the first by their depth, by counting. */
function* sortByDepth(automaton: WordAutomaton, count: number): SlicedWork<Int32Array> {
  const places = new Int32Array(automaton.maxLength + 2)
  for (let state = 1; state < count; state += 1) {
    places[automaton.depth(state) + 1] = (places[automaton.depth(state) + 1] as number) + 1
    if (state % statesPerSlice === 0) yield
  }
  for (let at = 1; at < places.length; at += 1) places[at] = (places[at] as number) + (places[at - 1] as number)
  const order = new Int32Array(count - 1)
  for (let state = 1; state < count; state += 1) {
    const level = automaton.depth(state)
    order[places[level] as number] = state
    places[level] = (places[level] as number) + 1
    if (state % statesPerSlice === 0) yield
  }
  return order
}
