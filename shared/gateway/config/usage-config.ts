import type { CollectionOptions } from '../../drivers/collection.ts'
import type { Log } from '../../runtime/log.ts'
import type { Problem, Result } from '../../runtime/result.ts'
import type { Tariff } from '../../usage/cost/pricing.ts'
import type { MysqlStoreOptions } from '../../usage/store/mysql/mysql-store.ts'
import type { RdbStoreOptions } from '../../usage/store/rdb-store.ts'
import { credentialsHelp, getCredentials } from './credentials.ts'
import { readMysqlLogin } from './mysql-dsn.ts'
import type { Environment } from './variables/environment.ts'

/** The options of the usage room. */
export interface UsageConfig {
  readonly store: UsageStoreConfig
  readonly durability: 'intent' | 'final'
  readonly failOpen: boolean
  readonly progressEveryMs: number
  /** Calls get a 503 while it cannot be read: no other price stands in for it. */
  readonly tariff: Result<Tariff>
  readonly webhook:
    | { readonly url: string; readonly token: string | undefined; readonly secret: string | undefined }
    | undefined
  /** The maximum duration of a response, in milliseconds. */
  readonly maxResponseMs: number
}

/** The store of the records. `refused`: the store that is configured cannot be built. */
export type UsageStoreConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'collection'; readonly options: CollectionOptions }
  | { readonly kind: 'mysql'; readonly options: MysqlStoreOptions }
  | { readonly kind: 'rdb'; readonly options: RdbStoreOptions }

/** A store of usage records beside which instances can share rows. */
export type SharedStoreConfig = Extract<UsageStoreConfig, { kind: 'collection' | 'mysql' | 'rdb' }>

/** A store of usage records beside which there is place for rows: instances share it, or the processes of one machine. */
export type KeptStoreConfig = Extract<UsageStoreConfig, { kind: SharedStoreConfig['kind'] | 'file' }>

/** Returns a store that instances share; undefined if it is none. */
export const toSharedStore = (store: UsageStoreConfig): SharedStoreConfig | undefined =>
  store.kind === 'collection' || store.kind === 'mysql' || store.kind === 'rdb' ? store : undefined

/** Returns where rows are: beside the usage records, or for a file of those in a file of their own.
 *  @param kind the end of the file's name, such as `keys` */
export const toRowStore = (store: KeptStoreConfig, kind: 'keys' | 'wallet'): KeptStoreConfig =>
  store.kind === 'file' ? { kind: 'file', path: store.path.replace(/(\.jsonl?)?$/, `.${kind}.jsonl`) } : store

/** Creates the usage room's options. If the store cannot be built, it logs why; requests then get a 503, unless
 *  `USAGE_FAIL_OPEN` lets them pass. If a price cannot be read, it logs why, and every request gets a 503. */
export const createUsageConfig = (values: Environment, log: Log): UsageConfig => {
  const { BILLING_WEBHOOK_URL: url, BILLING_WEBHOOK_TOKEN: token, BILLING_WEBHOOK_SECRET: secret } = values
  const { value: store, problem } = createStoreConfig(values)
  const tariff = createTariff(values)
  for (const help of [problem, tariff.problem]) if (help !== undefined) log('error', 'usage_misconfigured', { help })
  return {
    store: store ?? { kind: 'refused' },
    durability: values.USAGE_DURABILITY ?? (values.USAGE_STORE === 'file' ? 'final' : 'intent'),
    failOpen: values.USAGE_FAIL_OPEN,
    progressEveryMs: values.USAGE_PROGRESS_INTERVAL,
    tariff,
    webhook: url ? { url, token, secret } : undefined,
    maxResponseMs: values.UPSTREAM_TIMEOUT_TOTAL,
  }
}

const createTariff = (values: Environment): Result<Tariff> => {
  const { POINTS_PER_1K_TOKENS: pointsPer1kTokens, POINTS_PER_YUAN: pointsPerYuan } = values
  if (pointsPer1kTokens === undefined) return rateProblem('POINTS_PER_1K_TOKENS')
  if (pointsPerYuan === undefined) return rateProblem('POINTS_PER_YUAN')
  return { value: { pointsPer1kTokens, pointsPerYuan } }
}

const rateProblem = (variable: string): Problem => ({
  problem: `${variable} must be a decimal number, zero or above. No call is served until it is.`,
})

/** Returns where the variables store usage records, or why they cannot. */
export const createStoreConfig = (values: Environment): Result<UsageStoreConfig> => {
  const { USAGE_STORE: kind } = values
  if (kind === 'none') return { value: { kind } }
  if (kind === 'file') return { value: { kind, path: values.USAGE_FILE } }
  if (kind === 'rdb') return createRdbConfig(values)
  return kind === 'mysql' ? createMysqlConfig(values) : createCollectionConfig(values)
}

const createMysqlConfig = (values: Environment): Result<UsageStoreConfig> => {
  const login = readMysqlLogin(values)
  if (!login) return { problem: 'USAGE_STORE=mysql needs a database. Set MYSQL_DSN, or MYSQL_HOST and its relatives.' }
  if (!login.value) return login
  const { USAGE_TABLE: table, MYSQL_POOL_MIN: poolMin, MYSQL_POOL_MAX: poolMax } = values
  return { value: { kind: 'mysql', options: { login: login.value, table, poolMin, poolMax } } }
}

const createRdbConfig = (values: Environment): Result<UsageStoreConfig> => {
  const { CLOUDBASE_ENV_ID: envId, CLOUDBASE_REGION: region, CLOUDBASE_APIKEY: accessKey, USAGE_TABLE } = values
  if (!envId || !accessKey)
    return { problem: 'USAGE_STORE=rdb needs CLOUDBASE_ENV_ID and CLOUDBASE_APIKEY, the API key of that environment.' }
  const [table = '', database] = USAGE_TABLE.split('.').reverse()
  return { value: { kind: 'rdb', options: { envId, region, credentials: { accessKey }, table, database } } }
}

const createCollectionConfig = (values: Environment): Result<UsageStoreConfig> => {
  const { CLOUDBASE_ENV_ID: envId, CLOUDBASE_REGION: region, USAGE_COLLECTION: collection } = values
  if (!envId)
    return {
      problem: 'USAGE_STORE=collection needs CLOUDBASE_ENV_ID. Set it to the id of your CloudBase environment.',
    }
  const credentials = getCredentials(values)
  if (!credentials) return { problem: `USAGE_STORE=collection needs credentials. ${credentialsHelp}` }
  return { value: { kind: 'collection', options: { envId, region, collection, credentials } } }
}
