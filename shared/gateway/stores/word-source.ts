import { once } from '../../runtime/memoize.ts'
import type { Result } from '../../runtime/result.ts'
import { doInSlices, type SlicedWork } from '../../runtime/slices.ts'
import { buildAutomaton } from '../../safety/words/build-automaton.ts'
import type { WordAutomaton } from '../../safety/words/word-automaton.ts'
import { parseWordList } from '../../safety/words/word-list.ts'
import type { ModerationConfig } from '../config/moderation-config.ts'
import type { SharedStoreConfig } from '../config/usage-config.ts'
import { openRowStore } from './row-store.ts'
import { type StoredDefinition, watchStored } from './stored-definition.ts'
import { readStoredWords, type StoredWords } from './stored-words.ts'
import { watchDefinition } from './watched-definition.ts'

/** The list of words of a configuration. */
export interface WordSource {
  /** Resolves with the words in use, or why there are none. It waits for the first list only: while an edit is built, the words
   *  before it are in use.
   *  @throws if stored words have never been read */
  readonly current: () => Promise<Result<WordAutomaton>>
  /** Resolves with why the newest list is not in use, when it is built; with undefined if it is in use.
   *  @throws if stored words have never been read */
  readonly findProblem: () => Promise<string | undefined>
}

/** The options of {@link createWordSource}. */
export interface WordSourceOptions extends NonNullable<ModerationConfig['words']> {
  /** The store of stored words; undefined: there is none. */
  readonly store: SharedStoreConfig | undefined
  /** Called with the reason when a list cannot be used. */
  readonly onProblem: (problem: string) => void
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined
}

/** A text that holds a list, and the name of its place. */
interface WordsText {
  readonly text: string
  readonly name: string
}

/** Creates the source of the words. A list is built in slices, so that calls go on meanwhile. */
export const createWordSource = (options: WordSourceOptions): WordSource => {
  const texts = watchTexts(options)
  let built: WordsText | undefined
  let building: Promise<void> | undefined
  let inUse: Result<WordAutomaton> | undefined
  let problem: string | undefined

  const build = async (text: WordsText): Promise<void> => {
    built = text
    const result = await doInSlices(readWords(text)).catch(() => ({ problem: `${text.name} ${tooLarge}` }))
    problem = result.problem
    if (problem !== undefined) options.onProblem(problem)
    if (problem === undefined || !inUse?.value) inUse = result
    building = undefined
  }
  const current: WordSource['current'] = async () => {
    const { value: text, problem: unread } = await texts.current()
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

const watchTexts = ({ store, stored, ...options }: WordSourceOptions): StoredDefinition<WordsText> => {
  if (stored && store) return watchStoredTexts(store, options)
  const parse = (text: string, name: string): Result<WordsText> =>
    stored ? { problem: noStore } : { value: { text, name } }
  const { current, problem } = watchDefinition({ ...options, variable: 'MODERATION_WORDS', parse })
  return { current: async () => current(), problem }
}

const noStore = 'MODERATION_WORDS=store needs USAGE_STORE=collection, mysql or rdb.'

const watchStoredTexts = (
  store: SharedStoreConfig,
  options: Pick<WordSourceOptions, 'ttlMs' | 'onProblem' | 'now'>,
): StoredDefinition<WordsText> => {
  const open = once(() => openRowStore(store))
  let known: StoredWords | undefined
  return watchStored({
    ...options,
    read: async () => {
      known = await readStoredWords(await open(), known)
      return known?.text
    },
    parse: (text) =>
      text === undefined ? { problem: noWords } : { value: { text, name: 'The stored list of words' } },
    unreadable: 'The stored words cannot be read just now. Those before stay in use.',
  })
}

const noWords =
  'MODERATION_WORDS=store, but no words are stored. Run npm run words -- set FILE, or unset MODERATION_WORDS.'
