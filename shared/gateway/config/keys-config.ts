import type { Result } from '../../runtime/result.ts'
import { createStoreConfig, type KeptStoreConfig, toRowStore } from './usage-config.ts'
import type { Environment } from './variables/environment.ts'
import { keysVariables } from './variables/keys-variables.ts'
import { describeProblem, readVariables, type Variables } from './variables/variable.ts'

/** How users have keys. */
export interface KeysConfig {
  /** The most active keys of a user. */
  readonly perUser: number
  readonly fromBrowsers: boolean
  /** The header with the client's address, in lower case; undefined: the connection has it. */
  readonly addressHeader: string | undefined
  /** The store, or why there is none. */
  readonly store: Result<KeptStoreConfig>
  /** The variables with invalid values, which count as unset; one sentence each. */
  readonly problems: readonly string[]
}

/** The variables from which the options of keys are made, when they are first needed. */
export interface KeysSource {
  readonly environment: Variables
  readonly values: Environment
}

/** Creates the options of keys. */
export const readKeysConfig = ({ environment, values: usage }: KeysSource): KeysConfig => {
  const { values, problems } = readVariables(keysVariables, environment)
  const header = values.CLIENT_ADDRESS_HEADER.toLowerCase()
  return {
    perUser: values.KEYS_PER_USER,
    fromBrowsers: values.KEYS_FROM_BROWSERS,
    addressHeader: header === 'none' ? undefined : header,
    store: createKeyStore(usage),
    problems: problems.map(describeProblem),
  }
}

/** Keys are beside the usage records; those of the local gateway in a file of their own. */
const createKeyStore = (values: Environment): Result<KeptStoreConfig> => {
  const { value: store, problem } = createStoreConfig(values)
  if (!store) return { problem }
  return store.kind !== 'none' && store.kind !== 'refused'
    ? { value: toRowStore(store, 'keys') }
    : { problem: 'KEYS=on needs USAGE_STORE=collection, mysql, rdb or file, which holds the keys.' }
}
