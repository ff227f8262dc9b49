import type { RegistryOptions } from '../../models/registry.ts'
import { localSource } from '../../models/sources/local-source.ts'
import type { MapSource, SourceName } from '../../models/sources/source.ts'
import { unusableSource } from '../../models/sources/source-errors.ts'
import { parseTableName, type TableName } from '../../models/sources/table.ts'
import { once } from '../../runtime/memoize.ts'
import { isPrivateHost } from '../../runtime/private-address.ts'
import type { Environment } from './environment.ts'
import type { ServerConfig } from './server-config.ts'
import { getVariable, type Variables } from './variable.ts'

/** The models' options of an environment. */
export const createModelsConfig = (
  values: Environment,
  environment: Variables,
  { log, redactor }: Pick<ServerConfig, 'log' | 'redactor'>,
): RegistryOptions => ({
  local: localSource({
    map: values.MODEL_PROVIDER_MAP,
    mapFile: values.MODEL_PROVIDER_MAP_FILE,
    list: values.MODEL_LIST,
    listFile: values.MODEL_LIST_FILE,
    log,
  }),
  remote: createRemoteSource(values),
  ttlMs: values.CONFIG_TTL * 1_000,
  variable: (name) => getVariable(environment, name),
  allowPrivate: values.ALLOW_PRIVATE_UPSTREAMS,
  isPrivateHost,
  learnKey: redactor.learn,
  log,
})

const createRemoteSource = (values: Environment): MapSource | undefined => {
  const source = values.REMOTE_CONFIG_SOURCE ?? (values.MYSQL_DSN || values.MYSQL_HOST ? 'mysql' : undefined)
  if (source === undefined || source === 'none') return undefined
  const table = parseTableName(values.REMOTE_CONFIG_TABLE)
  if (!table)
    return unusableSource(source, 'REMOTE_CONFIG_TABLE is no table name. Letters, digits and underscores make one.')
  if (source === 'rdb') return createRdbSource(values, table)
  const load = async () => (await import('./mysql-map.ts')).createMysqlMap(values, table)
  return lazySource('mysql', load)
}

const createRdbSource = (values: Environment, table: TableName): MapSource => {
  const { CLOUDBASE_ENV_ID: envId, CLOUDBASE_REGION: region, CLOUDBASE_APIKEY: accessKey } = values
  if (!envId || !accessKey)
    return unusableSource('rdb', 'REMOTE_CONFIG_SOURCE=rdb needs CLOUDBASE_ENV_ID and CLOUDBASE_APIKEY. Set both.')
  const options = { envId, region, credentials: { accessKey }, table }
  const load = async () => (await import('../../models/sources/rdb-source.ts')).rdbSource(options)
  return lazySource('rdb', load)
}

/** A source that is loaded on the first call of one of its methods. */
const lazySource = (name: SourceName, load: () => Promise<MapSource>): MapSource => {
  const source = once(load)
  return {
    name,
    revision: async () => (await source()).revision(),
    read: async () => (await source()).read(),
    publish: async (version) => (await source()).publish(version),
  }
}
