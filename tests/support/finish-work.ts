import type { SlicedWork } from '../../shared/runtime/slices.ts'
import { buildAutomaton } from '../../shared/safety/words/build-automaton.ts'
import type { WordAutomaton } from '../../shared/safety/words/word-automaton.ts'

/** Does all slices of work at once, and counts its yields. */
export const finishWork = <Value>(work: SlicedWork<Value>): { readonly value: Value; readonly yields: number } => {
  for (let yields = 0; ; yields += 1) {
    const { done, value } = work.next()
    if (done) return { value, yields }
  }
}

/** Builds the automaton of some words. */
export const automatonFor = (words: readonly string[], toLabel = (_: string): string => 'words'): WordAutomaton =>
  finishWork(buildAutomaton(words.map((text) => ({ text, label: toLabel(text) })))).value
