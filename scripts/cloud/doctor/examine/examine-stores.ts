import type { Variables } from '../../../variables/read-variables.ts'
import { isNotFound } from '../../client/cloud-failure.ts'
import type { Cloud } from '../../client/connect.ts'
import { retry } from '../../client/retry.ts'
import { usesMysql } from '../../settings/uses-mysql.ts'
import {
  findMissingIndexes,
  type GatewayCollection,
  getGatewayCollections,
  readCollectionState,
} from '../../sql/collections.ts'
import { hasEnvironmentDatabase } from '../../sql/environment-database.ts'
import { runSql } from '../../sql/run-sql.ts'
import { getClosedTables, getModelTable, readSqlFiles } from '../../sql/sql-files.ts'
import type { Examination } from './examination.ts'
import { type Finding, fail, pass } from './finding.ts'

/** The columns that the table of the model map must have. */
const neededColumns = ['model_name', 'provider', 'api_base', 'api_key_env', 'api_key', 'enabled', '_openid']

const createTable = 'Run npm run deploy, which creates it.'

/** Examines the table of the model map, if there is one, and who can read the tables of the gateway. */
export const examineTable: Examination = {
  subject: 'model table',
  examine: async ({ cloud, variables }) => {
    if (!usesMysql(variables)) return [pass('model table', 'is not used: models come from model_map.json')]
    const table = getModelTable(variables)
    if (!(await hasEnvironmentDatabase(cloud, variables))) return [describeForeignTable(table)]
    const columns = await readColumns(cloud, table)
    if (columns.length === 0) return [fail(table, 'does not exist', createTable)]
    const missing = neededColumns.filter((name) => !columns.includes(name))
    if (missing.length > 0)
      return [fail(table, `lacks ${missing.join(', ')}`, 'Add the columns: scripts/sql defines their types.')]
    return [pass(table, `has ${columns.length} columns`), ...(await examinePermissions(cloud, variables))]
  },
}

/** Examines whether clients can read the gateway's tables. A row may hold a key, the counts of a user or the records
 *  of another user. */
const examinePermissions = async (cloud: Cloud, variables: Variables): Promise<Finding[]> => {
  const resources = getClosedTables(readSqlFiles(variables), variables)
  const { Data } = await retry(() =>
    cloud.app.permission.describeResourcePermission({ resourceType: 'table', resources }),
  )
  return resources.map((table) => {
    const permission = Data.PermissionList?.find(({ Resource }) => Resource === table)?.Permission
    return permission === 'ADMINONLY'
      ? pass(table, 'is closed to clients')
      : fail(
          table,
          `has the permission ${permission ?? 'default'}, but clients must not read it`,
          'Run npm run deploy.',
        )
  })
}

const describeForeignTable = (table: string): Finding => ({
  level: 'open',
  subject: table,
  detail: 'is in a database that the cloud API cannot reach',
  fix: 'Check it with a MySQL client: scripts/sql defines its columns.',
})

const readColumns = async (cloud: Cloud, table: string): Promise<string[]> => {
  try {
    const rows = await runSql(cloud, `SHOW COLUMNS FROM \`${table.replaceAll('`', '')}\``)
    return rows.map((row) => String(row['Field'] ?? row['field'] ?? ''))
  } catch (error) {
    if (isNotFound(error) || /doesn't exist/i.test(String(error))) return []
    throw error
  }
}

/** Examines the collections of usage records and limits, if there are any. */
export const examineCollections: Examination = {
  subject: 'usage records',
  examine: async ({ cloud, variables }) => {
    const collections = getGatewayCollections(variables)
    if (collections.length > 0)
      return (await Promise.all(collections.map((one) => examineCollection(cloud, one)))).flat()
    return [pass('usage records', `are kept by USAGE_STORE=${variables['USAGE_STORE'] ?? 'none'}, in no collection`)]
  },
}

const examineCollection = async (cloud: Cloud, collection: GatewayCollection): Promise<Finding[]> => {
  const { name, permission, meaning } = collection
  const state = await readCollectionState(cloud, name)
  if (!state) return [fail(name, 'does not exist', createTable)]
  const missing = findMissingIndexes(collection, state)
  return [
    missing.length === 0
      ? pass(name, 'has its indexes')
      : fail(name, `lacks the indexes ${missing.join(', ')}`, 'Run npm run deploy.'),
    state.permission === permission ? pass(name, meaning) : fail(name, 'has wrong permissions', 'Run npm run deploy.'),
  ]
}
