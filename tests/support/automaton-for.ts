import { finishWork } from '../../shared/runtime/slices.ts'
import { buildAutomaton } from '../../shared/safety/words/build-automaton.ts'
import type { WordAutomaton } from '../../shared/safety/words/word-automaton.ts'

/** Builds the automaton of some words. */
export const automatonFor = (words: readonly string[], toLabel = (_: string): string => 'words'): WordAutomaton =>
  finishWork(buildAutomaton(words.map((text) => ({ text, label: toLabel(text) }))))
