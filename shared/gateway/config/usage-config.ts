import type { CollectionOptions } from '../../drivers/collection.ts'
import type { MysqlLogin } from '../../drivers/mysql-login.ts'
import type { Log } from '../../runtime/log.ts'
import type { Tariff } from '../../usage/cost/pricing.ts'
import type { MysqlStoreOptions } from '../../usage/store/mysql/mysql-store.ts'
import { credentialsHelp, getCredentials } from './credentials.ts'
import type { Environment } from './environment.ts'
import { readMysqlLogin } from './mysql-dsn.ts'

/** The options of the usage room. */
export interface UsageConfig {
  readonly store: UsageStoreConfig
  readonly durability: 'intent' | 'final'
  readonly failOpen: boolean
  readonly progressEveryMs: number
  readonly tariff: Tariff
  readonly webhook:
    | { readonly url: string; readonly token: string | undefined; readonly secret: string | undefined }
    | undefined
  /** How long an answer can last, in milliseconds. */
  readonly maxResponseMs: number
}

/** Where records are kept; `refused` where what was asked for cannot be built. */
export type UsageStoreConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'collection'; readonly options: CollectionOptions }
  | { readonly kind: 'mysql'; readonly options: MysqlStoreOptions }

/** Reads the usage room's options. A store that cannot be built is named in the log; requests are then answered with 503,
 *  unless `USAGE_FAIL_OPEN` lets them pass. */
export const createUsageConfig = (values: Environment, log: Log): UsageConfig => {
  const { BILLING_WEBHOOK_URL: url, BILLING_WEBHOOK_TOKEN: token, BILLING_WEBHOOK_SECRET: secret } = values
  const store = createStoreConfig(values)
  if (typeof store === 'string') log('error', 'usage_misconfigured', { help: store })
  return {
    store: typeof store === 'string' ? { kind: 'refused' } : store,
    durability: values.USAGE_DURABILITY ?? (values.USAGE_STORE === 'file' ? 'final' : 'intent'),
    failOpen: values.USAGE_FAIL_OPEN,
    progressEveryMs: values.USAGE_PROGRESS_INTERVAL,
    tariff: { pointsPer1kTokens: values.POINTS_PER_1K_TOKENS, pointsPerYuan: values.POINTS_PER_YUAN },
    webhook: url ? { url, token, secret } : undefined,
    maxResponseMs: values.UPSTREAM_TIMEOUT_TOTAL,
  }
}

/** The store that is asked for, or why it cannot be built. */
const createStoreConfig = (values: Environment): UsageStoreConfig | string => {
  const { USAGE_STORE: kind } = values
  if (kind === 'none') return { kind }
  if (kind === 'file') return { kind, path: values.USAGE_FILE }
  if (kind === 'mysql') {
    const login = readMysqlLogin(values)
    if (typeof login !== 'object')
      return login ?? 'USAGE_STORE=mysql needs a database. Set MYSQL_DSN, or MYSQL_HOST and its relatives.'
    return { kind, options: mysqlStoreOptions(login, values) }
  }
  if (!values.CLOUDBASE_ENV_ID) {
    return 'USAGE_STORE=collection needs CLOUDBASE_ENV_ID. Set it to the id of your CloudBase environment.'
  }
  const credentials = getCredentials(values)
  if (!credentials) return `USAGE_STORE=collection needs credentials. ${credentialsHelp}`
  const { CLOUDBASE_ENV_ID: envId, CLOUDBASE_REGION: region, USAGE_COLLECTION: collection } = values
  return { kind, options: { envId, region, collection, credentials } }
}

const mysqlStoreOptions = (login: MysqlLogin, values: Environment): MysqlStoreOptions => ({
  login,
  table: values.USAGE_TABLE,
  poolMin: values.MYSQL_POOL_MIN,
  poolMax: values.MYSQL_POOL_MAX,
})
