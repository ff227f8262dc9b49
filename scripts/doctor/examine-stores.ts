import { isNotFound } from '../cloud/cloud-failure.ts'
import { hasOwnDatabase } from '../cloud/own-database.ts'
import { runSql } from '../cloud/run-sql.ts'
import { modelTable, usesMysql } from '../cloud/sql-files.ts'
import { collectionState, missingIndexes, usageCollection, usageRule } from '../cloud/usage-collection.ts'
import type { Examination } from './examination.ts'
import { type Finding, fine, wrong } from './finding.ts'

/** The columns that a model map's table cannot do without. */
const neededColumns = ['model_name', 'provider', 'api_base', 'api_key_env', 'api_key', 'enabled', '_openid']

const createTable = 'Run npm run deploy, which creates it.'

/** The table of the model map, where there is one. */
export const examineTable: Examination = {
  subject: 'model table',
  examine: async ({ cloud, variables }) => {
    if (!usesMysql(variables)) return [fine('model table', 'is not used: models come from model_map.json')]
    const table = modelTable(variables)
    if (!(await hasOwnDatabase(cloud, variables))) return [elsewhere(table)]
    const columns = await columnsOf(cloud, table)
    if (columns.length === 0) return [wrong(table, 'is not there', createTable)]
    const missing = neededColumns.filter((name) => !columns.includes(name))
    if (missing.length > 0)
      return [wrong(table, `lacks ${missing.join(', ')}`, 'Add the columns: scripts/sql holds their types.')]
    const options = { resourceType: 'table' as const, resources: [table] }
    const { Data } = await cloud.app.permission.describeResourcePermission(options)
    const permission = Data.PermissionList?.[0]?.Permission
    return [
      fine(table, `has ${columns.length} columns`),
      permission === 'ADMINONLY'
        ? fine(table, 'is closed to clients')
        : wrong(
            table,
            `has the permission ${permission ?? 'of the default'}, and a row may hold a key`,
            'Run npm run deploy.',
          ),
    ]
  },
}

const elsewhere = (table: string): Finding => ({
  level: 'open',
  subject: table,
  detail: 'is in a database that the cloud’s API cannot reach',
  fix: 'Look at it with the MySQL client: scripts/sql holds the columns it should have.',
})

const columnsOf = async (cloud: Parameters<typeof runSql>[0], table: string): Promise<string[]> => {
  try {
    const rows = await runSql(cloud, `SHOW COLUMNS FROM \`${table.replaceAll('`', '')}\``)
    return rows.map((row) => String(row['Field'] ?? row['field'] ?? ''))
  } catch (error) {
    if (isNotFound(error) || /doesn't exist/i.test(String(error))) return []
    throw error
  }
}

/** The collection of usage records, where there is one. */
export const examineCollection: Examination = {
  subject: 'usage records',
  examine: async ({ cloud, variables }) => {
    const name = usageCollection(variables)
    if (!name)
      return [fine('usage records', `are kept by USAGE_STORE=${variables['USAGE_STORE'] ?? 'none'}, in no collection`)]
    const state = await collectionState(cloud, name)
    if (!state) return [wrong(name, 'is not there', createTable)]
    const missing = missingIndexes(state)
    return [
      missing.length === 0
        ? fine(name, 'has its indexes')
        : wrong(name, `lacks the indexes ${missing.join(', ')}`, 'Run npm run deploy.'),
      state.permission === usageRule
        ? fine(name, 'users read their own records and write none')
        : wrong(name, 'has other permissions than it should', 'Run npm run deploy.'),
    ]
  },
}
