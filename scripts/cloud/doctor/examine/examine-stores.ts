import { readEnvironment } from '../../../../shared/gateway/config/variables/environment.ts'
import { getLimitsName } from '../../../../shared/limits/limit-store.ts'
import type { JsonObject } from '../../../../shared/runtime/json.ts'
import { firstColumns } from '../../../../shared/usage/store/mysql/table.ts'
import { getWalletName } from '../../../../shared/wallet/wallet-store.ts'
import { openDatabase } from '../../../models/database.ts'
import type { Variables } from '../../../variables/read-variables.ts'
import { isNotFound } from '../../client/cloud-failure.ts'
import type { Cloud } from '../../client/connect.ts'
import { mapParallel } from '../../client/map-parallel.ts'
import { retry } from '../../client/retry.ts'
import { readsModelTable } from '../../settings/uses-mysql.ts'
import {
  findMissingIndexes,
  type GatewayCollection,
  getGatewayCollections,
  limitsUsers,
  readCollectionState,
} from '../../sql/collections.ts'
import { hasEnvironmentDatabase } from '../../sql/environment-database.ts'
import { runSql } from '../../sql/run-sql.ts'
import { getClosedTables, getModelTable, getUsageTable, readSqlFiles } from '../../sql/sql-files.ts'
import type { Examination } from './examination.ts'
import { examinePostgres } from './examine-postgres.ts'
import { type Finding, fail, pass } from './finding.ts'

/** A table that the variables require, with the columns that the gateway cannot do without. */
interface GatewayTable {
  readonly name: string
  readonly columns: readonly string[]
}

const modelColumns = ['model_name', 'provider', 'api_base', 'api_key_env', 'api_key', 'enabled', '_openid']
const limitColumns = ['id', 'grants', 'leases']
const walletColumns = ['id', 'version', 'due_at', 'data']

const getGatewayTables = (variables: Variables): GatewayTable[] => {
  const storesUsage = variables['USAGE_STORE'] === 'mysql'
  const usage = getUsageTable(variables)
  return [
    ...(readsModelTable(variables) ? [{ name: getModelTable(variables), columns: modelColumns }] : []),
    ...(storesUsage
      ? [
          { name: usage, columns: firstColumns },
          { name: getWalletName(usage), columns: walletColumns },
        ]
      : []),
    ...(storesUsage && limitsUsers(variables) ? [{ name: getLimitsName(usage), columns: limitColumns }] : []),
  ]
}

const createTable = 'Run npm run deploy, which creates it.'

/** Examines the tables of the model map, the usage records, the limits and the wallets, and who can read them. */
export const examineTables: Examination = {
  subject: 'tables',
  examine: async ({ cloud, variables }) => {
    const tables = getGatewayTables(variables)
    const postgres = await examinePostgres(cloud, variables)
    if (tables.length === 0)
      return postgres.length > 0 ? postgres : [pass('tables', 'are not used: models come from model_map.json')]
    if (!(await hasEnvironmentDatabase(cloud, variables)))
      return [...postgres, ...(await examineForeignTables(tables, variables))]
    const found = await mapParallel(tables, (table) => examineTable(table, (sql) => runSql(cloud, sql), createTable))
    const isComplete = found.every(({ level }) => level === 'ok')
    return [...postgres, ...found, ...(isComplete ? await examinePermissions(cloud, variables) : [])]
  },
}

type RunSql = (sql: string) => Promise<readonly JsonObject[]>

const examineTable = async ({ name, columns }: GatewayTable, run: RunSql, fix: string): Promise<Finding> => {
  const found = await readColumns(run, name)
  if (found.length === 0) return fail(name, 'does not exist', fix)
  const missing = columns.filter((column) => !found.includes(column))
  return missing.length === 0
    ? pass(name, `has ${found.length} columns`)
    : fail(name, `lacks ${missing.join(', ')}`, 'Add the columns: scripts/sql defines their types.')
}

/** Examines tables in a database that the cloud's API cannot reach, if this machine can reach it. */
const examineForeignTables = async (tables: readonly GatewayTable[], variables: Variables): Promise<Finding[]> => {
  const database = await openDatabase(readEnvironment(variables).values, variables).catch(() => undefined)
  if (!database) return tables.map(({ name }) => describeForeignTable(name))
  try {
    const findings: Finding[] = []
    for (const table of tables) findings.push(await examineTable(table, database.run, createByHand))
    return findings
  } finally {
    await database.close()
  }
}

const createByHand = 'Run the files of scripts/sql on the database of MYSQL_DSN, in the order of their names.'

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
  detail: 'is in a database that neither the cloud API nor this machine can reach',
  fix: 'Check it with a MySQL client: scripts/sql defines its columns.',
})

const readColumns = async (run: RunSql, table: string): Promise<string[]> => {
  try {
    const rows = await run(`SHOW COLUMNS FROM \`${table.replaceAll('`', '')}\``)
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
