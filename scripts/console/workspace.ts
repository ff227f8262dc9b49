import { type Config, readConfig } from '../../shared/gateway/config/config.ts'
import { readKeysConfig } from '../../shared/gateway/config/keys-config.ts'
import { createHealthDetail, type HealthDetail } from '../../shared/gateway/health/health-detail.ts'
import { type OpenedKeys, openKeys } from '../../shared/gateway/stores/open-keys.ts'
import { openWallets } from '../../shared/gateway/stores/open-wallets.ts'
import { createQuotaSource, type QuotaSource } from '../../shared/gateway/stores/quota-source.ts'
import { createStore } from '../../shared/gateway/stores/usage-store.ts'
import type { UsageStore } from '../../shared/usage/store/store.ts'
import type { Wallets } from '../../shared/wallet/wallets.ts'
import { createRedactor } from '../cloud/client/redact.ts'
import { toAbsolutePaths } from '../local/absolute-paths.ts'
import { type Development, readDevelopment } from '../local/development.ts'
import { addModelFiles } from '../local/model-files.ts'
import { addDevRecords } from '../usage/dev-records.ts'
import { readVariables, type Variables } from '../variables/read-variables.ts'
import { ConsoleError } from './server/console-error.ts'

/** What the console works with: the gateway of one folder, with the credentials of its owner. */
export interface Workspace {
  readonly folder: string
  /** Those of `.env`, and those that a running `npm run dev` adds. */
  readonly variables: Variables
  /** A gateway of `npm run dev` that runs now. */
  readonly development: Development | undefined
  readonly config: Config
  /** Removes the values of secrets from a text. */
  readonly clean: (text: string) => string
  /** Undefined: no usage is stored. */
  readonly usage: UsageStore | undefined
  /** Opened once: stored quotas keep a connection. */
  readonly quotas: QuotaSource
  /** @throws ConsoleError no_wallets (409) if no store can hold wallets */
  readonly openWallets: () => Promise<Wallets>
  /** @throws ConsoleError no_keys (409) if no store holds keys */
  readonly openKeys: () => Promise<OpenedKeys>
  readonly readHealth: () => Promise<HealthDetail>
  readonly close: () => Promise<void>
}

/** The longest time of one read of the usage store, in milliseconds: totals of millions of rows take long. */
const readTimeoutMs = 60_000

/** Opens the gateway of a folder. Connections are made with their first use. */
export const openWorkspace = (folder: string, environment: Variables): Workspace => {
  const own = readVariables(folder, environment)
  const development = readDevelopment(folder)
  const variables = addDevRecords({ ...development?.variables, ...own }, folder)
  const settings = toConsoleVariables(variables, folder)
  const config = readConfig(settings)
  let opened: Promise<Wallets> | undefined
  const open = openWallets(config)
  const openOnce = (): Promise<Wallets> => {
    opened = open()
    return opened
  }
  const keys = config.keys && readKeysConfig(config.keys)
  let openedKeys: Promise<OpenedKeys> | undefined
  const usage = createStore(config.usage.store, { timeoutMs: readTimeoutMs })
  return {
    folder,
    variables,
    development,
    config,
    clean: createRedactor(variables),
    usage,
    quotas: createQuotaSource(
      { ...config, keys: variables['KEYS'] === 'on' ? config.keys : undefined },
      () => undefined,
    ),
    openWallets: async () => {
      if (config.wallet.kind === 'on') return openOnce()
      throw new ConsoleError(409, 'no_wallets', 'Wallets need USAGE_STORE.')
    },
    openKeys: async () => {
      if (!keys?.store.value) throw new ConsoleError(409, 'no_keys', 'Keys need USAGE_STORE.')
      openedKeys ??= openKeys(keys)
      return openedKeys
    },
    readHealth: createHealthDetail({
      ...settings,
      ...Object.fromEntries(['WALLET', 'KEYS', 'DISABLE_AUTH'].map((name) => [name, variables[name]])),
    }),
    close: async () => {
      const [wallets, book] = await Promise.allSettled([opened, openedKeys])
      await Promise.all([
        usage?.end(),
        wallets.status === 'fulfilled' && wallets.value?.store.end(),
        book.status === 'fulfilled' && book.value?.end(),
      ])
    },
  }
}

/** Variables of the console alone: it is its own caller, looks at the model map anew each time, and sees wallets and keys even if
 *  the gateway does not serve them yet. */
const toConsoleVariables = (variables: Variables, folder: string): NodeJS.ProcessEnv => {
  const hasWallets = ['collection', 'mysql', 'rdb', 'file'].includes(variables['USAGE_STORE'] ?? '')
  return {
    ...toAbsolutePaths(addModelFiles({ ...variables }, folder), folder),
    WALLET: hasWallets ? 'on' : 'off',
    KEYS: 'on',
    DISABLE_AUTH: 'true',
    CONFIG_TTL: '0',
    LOG_LEVEL: 'error',
  }
}
