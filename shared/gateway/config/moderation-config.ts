import { moderationVariables } from './moderation-variables.ts'
import { readVariables, type Variables } from './variable.ts'

/** Where the variables of content safety are read when they are needed. Undefined: nothing is checked. */
export type ModerationSource =
  | {
      readonly environment: Variables
      /** Time between two looks at the file of words, in milliseconds. */
      readonly ttlMs: number
    }
  | undefined

/** The options of content safety. */
export interface ModerationConfig {
  /** What checks texts; undefined: `MODERATION` is wrong, and nothing can be checked. */
  readonly checker: 'words' | undefined
  /** Which answers are checked. */
  readonly answers: 'off' | 'window' | 'whole'
  /** Whether calls are served whose texts could not be checked. */
  readonly failOpen: boolean
  /** The sentence that stands in for a blocked reply; undefined: an error does. */
  readonly refusal: string | undefined
  /** The list of words; undefined: there is none. */
  readonly words:
    | { readonly text: string | undefined; readonly file: string | undefined; readonly ttlMs: number }
    | undefined
  /** What is wrong, one sentence each. */
  readonly problems: readonly string[]
}

/** Reads the options of content safety. */
export const readModerationConfig = ({ environment, ttlMs }: NonNullable<ModerationSource>): ModerationConfig => {
  const { values, problems } = readVariables(moderationVariables, environment)
  const { MODERATION: kind, MODERATION_WORDS: text, MODERATION_WORDS_FILE: file } = values
  const checker = kind === 'off' ? undefined : kind
  return {
    checker,
    answers: values.MODERATION_ANSWERS ?? 'off',
    failOpen: values.MODERATION_FAIL_OPEN,
    refusal: values.MODERATION_REFUSAL,
    words: checker === 'words' || text !== undefined || file !== undefined ? { text, file, ttlMs } : undefined,
    problems: problems.map(({ variable, problem }) => `${variable} ${problem}.`),
  }
}
