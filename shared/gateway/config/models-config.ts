import type { RegistryOptions } from '../../models/registry.ts'
import { createLocalSource } from '../../models/sources/local-source.ts'
import type { MapSource, SourceName } from '../../models/sources/source.ts'
import { createUnusableSource } from '../../models/sources/source-errors.ts'
import { parseTableName, type TableName } from '../../models/sources/table.ts'
import { once } from '../../runtime/memoize.ts'
import type { ServerConfig } from './server-config.ts'
import type { Environment } from './variables/environment.ts'
import { getVariable, type Variables } from './variables/variable.ts'

/** Creates the models' options from an environment. */
export const createModelsConfig = (
  values: Environment,
  environment: Variables,
  { log, redactor }: Pick<ServerConfig, 'log' | 'redactor'>,
): RegistryOptions => ({
  local: createLocalSource({
    map: values.MODEL_PROVIDER_MAP,
    mapFile: values.MODEL_PROVIDER_MAP_FILE,
    list: values.MODEL_LIST,
    listFile: values.MODEL_LIST_FILE,
    log,
  }),
  remote: createRemoteSource(values),
  ttlMs: values.CONFIG_TTL * 1_000,
  validation: {
    variable: (name) => getVariable(environment, name),
    allowPrivate: values.ALLOW_PRIVATE_UPSTREAMS,
    learnKey: redactor.learn,
  },
  log,
})

const createRemoteSource = (values: Environment): MapSource | undefined => {
  const source = values.REMOTE_CONFIG_SOURCE ?? (values.MYSQL_DSN || values.MYSQL_HOST ? 'mysql' : undefined)
  if (source === undefined || source === 'none') return undefined
  const table = parseTableName(values.REMOTE_CONFIG_TABLE)
  if (!table)
    return createUnusableSource(
      source,
      'REMOTE_CONFIG_TABLE is no table name. Letters, digits and underscores make one.',
    )
  if (source === 'rdb') return createRdbMap(values, table)
  const load = async () => (await import('./mysql-map.ts')).createMysqlMap(values, table)
  return createLazySource('mysql', load)
}

/** The model map in the table of the environment's own database, over HTTPS. */
const createRdbMap = (values: Environment, table: TableName): MapSource => {
  const { CLOUDBASE_ENV_ID: envId, CLOUDBASE_REGION: region, CLOUDBASE_APIKEY: accessKey } = values
  if (!envId || !accessKey)
    return createUnusableSource(
      'rdb',
      'REMOTE_CONFIG_SOURCE=rdb needs CLOUDBASE_ENV_ID and CLOUDBASE_APIKEY. Set both.',
    )
  const options = { envId, region, credentials: { accessKey }, table }
  const load = async () => (await import('../../models/sources/rdb-source.ts')).createRdbSource(options)
  return createLazySource('rdb', load)
}

/** Creates a source that is loaded on the first call of one of its methods. */
const createLazySource = (name: SourceName, load: () => Promise<MapSource>): MapSource => {
  const getSource = once(load)
  return {
    name,
    revision: async () => (await getSource()).revision(),
    read: async () => (await getSource()).read(),
    publish: async (version) => (await getSource()).publish(version),
  }
}
