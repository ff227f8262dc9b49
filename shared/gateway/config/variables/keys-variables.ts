import { booleanVariable, integerVariable, textWithDefault } from './variable.ts'

/** The variables of keys. They are apart from the others (`environment.ts`), because they are read only if `KEYS` is on.
 *  `npm run docs` copies the docblocks into docs/configuration.md. */
export const keysVariables = {
  /** Most active keys of a user, at most 50. */
  KEYS_PER_USER: integerVariable(10, { least: 1, most: 50 }),
  /** `true` accepts keys from web pages too. Every visitor of a page can read a key in it. */
  KEYS_FROM_BROWSERS: booleanVariable(),
  /** Header whose last address is the client's, for keys that are bound to addresses. `none`: the address of the
   *  connection. */
  CLIENT_ADDRESS_HEADER: textWithDefault('x-forwarded-for'),
}
