import { once } from '../../runtime/memoize.ts'
import type { KeysOptions } from './keys-options.ts'
import type { Environment } from './variables/environment.ts'
import { getVariable, isYes, type Variables } from './variables/variable.ts'

/** Returns the options of keys. The code for them is loaded with the first call. Undefined: users have no keys. */
export type KeysConfig = (() => Promise<KeysOptions>) | undefined

/** Creates the configuration of keys. */
export const createKeysConfig = (environment: Variables, values: Environment): KeysConfig =>
  isYes(getVariable(environment, 'KEYS'))
    ? once(async () => (await import('./keys-options.ts')).createKeysOptions(environment, values))
    : undefined
