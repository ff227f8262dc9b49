import type { Verdict } from '../../protocol/safety.ts'
import type { WordAutomaton } from './word-automaton.ts'
import { WordScanner } from './word-scanner.ts'

/** Checks a text by a list of words. Returns undefined if it holds none of them. */
export const checkWords = (automaton: WordAutomaton, text: string): Verdict | undefined => {
  const found = new WordScanner(automaton).push(text)
  return found && { kind: 'block', ...found }
}
