import { booleanVariable, oneOf, textVariable } from './variable.ts'

/** What checks texts. */
const checkers = ['words'] as const

/** The variables of content safety. They are apart from the others (`environment.ts`), because they are read only if
 *  `MODERATION` is set. `npm run docs` copies the docblocks into docs/configuration.md. */
export const moderationVariables = {
  /** What checks prompts: `words` is your own list of words (docs/moderation.md). `off`: nothing. A value that is none of these
   *  stops all calls. */
  MODERATION: { ...oneOf(['off', ...checkers], undefined), stopsCalls: true as const },
  /** Which answers are checked: `window` holds back the last characters of a stream while they are checked; `whole` sends
   *  nothing before all is checked; `off`: none. An entry's `moderation` takes precedence. */
  MODERATION_ANSWERS: { ...oneOf(['off', 'window', 'whole'], 'off'), stopsCalls: true as const },
  /** Words that are not allowed, one a line. `[label]` on a line names what those below it are about. */
  MODERATION_WORDS: textVariable(),
  /** File with such words. It takes precedence over `MODERATION_WORDS`. An edit is in use within `CONFIG_TTL`. */
  MODERATION_WORDS_FILE: textVariable(),
  /** `true` serves calls whose texts could not be checked. Otherwise they get a 503. */
  MODERATION_FAIL_OPEN: booleanVariable(),
  /** A sentence that users get as an ordinary reply instead of a blocked one. If unset, a blocked prompt gets a 400. */
  MODERATION_REFUSAL: textVariable(),
}
