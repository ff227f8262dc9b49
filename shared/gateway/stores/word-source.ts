import type { Result } from '../../runtime/result.ts'
import { doInSlices, type SlicedWork } from '../../runtime/slices.ts'
import { buildAutomaton } from '../../safety/words/build-automaton.ts'
import type { WordAutomaton } from '../../safety/words/word-automaton.ts'
import { parseWordList } from '../../safety/words/word-list.ts'
import type { ModerationConfig } from '../config/moderation-config.ts'
import { watchDefinition } from './watched-definition.ts'

/** The list of words of a configuration. */
export interface WordSource {
  /** Resolves with the words in use, or why there are none. It waits for the first list only: while an edit is built, the words
   *  before it are in use. */
  readonly current: () => Promise<Result<WordAutomaton>>
  /** Resolves with why the newest list is not in use, when it is built; with undefined if it is in use. */
  readonly findProblem: () => Promise<string | undefined>
}

/** A text that holds a list, and the name of its place. */
interface WordsText {
  readonly text: string
  readonly name: string
}

/** Creates the source of the words. A list is built in slices, so that calls go on meanwhile.
 *  @param onProblem called with the reason when a list cannot be used */
export const createWordSource = (
  options: NonNullable<ModerationConfig['words']>,
  onProblem: (problem: string) => void,
): WordSource => {
  const parse = (text: string, name: string): Result<WordsText> => ({ value: { text, name } })
  const texts = watchDefinition({ ...options, variable: 'MODERATION_WORDS', parse, onProblem })
  let built: WordsText | undefined
  let building: Promise<void> | undefined
  let inUse: Result<WordAutomaton> | undefined
  let problem: string | undefined

  const build = async (text: WordsText): Promise<void> => {
    built = text
    const result = await doInSlices(readWords(text)).catch(() => ({ problem: `${text.name} ${tooLarge}` }))
    problem = result.problem
    if (problem !== undefined) onProblem(problem)
    if (problem === undefined || !inUse?.value) inUse = result
    building = undefined
  }
  const current: WordSource['current'] = async () => {
    const { value: text, problem: unread } = texts.current()
    if (!text) return { problem: unread }
    if (text !== built) building ??= build(text)
    if (!inUse) await building
    return inUse ?? { problem: `${text.name} ${tooLarge}` }
  }
  return {
    current,
    findProblem: async () => {
      await current()
      await building
      return texts.problem() ?? problem
    },
  }
}

const tooLarge = 'does not fit into the memory of the function. Give the function more, or shorten the list.'

function* readWords({ text, name }: WordsText): SlicedWork<Result<WordAutomaton>> {
  const { value, problem } = yield* parseWordList(text, name)
  return value ? { value: yield* buildAutomaton(value) } : { problem }
}
