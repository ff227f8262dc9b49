import type { Authenticate } from '../../auth/authenticate.ts'
import { findUser } from '../../auth/find-user.ts'
import { acceptKeys } from '../../auth/keys/accept-keys.ts'
import { createAuthenticateKey } from '../../auth/keys/authenticate-key.ts'
import { once } from '../../runtime/memoize.ts'
import type { CoreConfig } from '../config/config.ts'
import { type KeysConfig, type KeysSource, readKeysConfig } from '../config/keys-config.ts'
import { keysMisconfiguredError, openKeys } from './open-keys.ts'

/** What keys are accepted for. */
export interface KeyedEndpoint {
  /** Authenticates the requests without a key. */
  readonly authenticate: Authenticate
  /** The endpoint's name; undefined: it is open to each key. */
  readonly endpoint: string | undefined
}

/** Adds the keys of a configuration to an authentication. A problem of the set-up is logged. */
export const withKeys = (
  { auth, server: { log } }: Pick<CoreConfig, 'auth' | 'server'>,
  source: KeysSource,
  { authenticate, endpoint }: KeyedEndpoint,
): Authenticate => {
  const keys = readKeysConfig(source)
  const open = once(() => openKeys(keys))
  for (const help of listKeyProblems(auth, keys)) log('error', 'keys_misconfigured', { help })
  const authenticateKey = createAuthenticateKey({
    ...auth,
    book: { find: async (text) => (await open()).book.find(text) },
    findOwner: createFindOwner(auth),
    fromBrowsers: keys.fromBrowsers,
    addressHeader: keys.addressHeader,
    endpoint,
    now: auth.now ?? Date.now,
  })
  return acceptKeys(authenticate, { ...auth, authenticateKey })
}

type Auth = CoreConfig['auth']

/** Returns why keys cannot be used as configured. */
export const listKeyProblems = (auth: Auth, { store, problems }: KeysConfig): string[] => [
  ...problems,
  ...(store.problem === undefined ? [] : [store.problem]),
  ...(checksOwners(auth) && !auth.credentials ? [credentialsProblem] : []),
]

const credentialsProblem =
  'KEYS=on needs CLOUDBASE_APIKEY, by which the accounts of owners are checked. AUTH_STATE_CHECK=off leaves that out.'

/** Without authentication there is no environment whose users could be looked up. */
const checksOwners = ({ mode, checkState }: Auth): boolean => mode !== 'disabled' && checkState

const createFindOwner = (auth: Auth) => {
  if (!checksOwners(auth)) return undefined
  const { envId, region, credentials } = auth
  if (!credentials) return () => Promise.reject(keysMisconfiguredError())
  return (user: string) => findUser({ envId, region, credentials }, user)
}
