import { createMysqlSource } from '../../models/sources/mysql-source.ts'
import type { MapSource } from '../../models/sources/source.ts'
import { createUnusableSource } from '../../models/sources/source-errors.ts'
import type { TableName } from '../../models/sources/table.ts'
import type { Problem } from '../../runtime/result.ts'
import { readMysqlLogin } from './mysql-dsn.ts'
import type { Environment } from './variables/environment.ts'

const noDatabase: Problem = { problem: 'No database is named. Set MYSQL_DSN, or MYSQL_HOST and its relatives.' }

/** Creates the source of the model map in the environment's MySQL. */
export const createMysqlMap = (values: Environment, table: TableName): MapSource => {
  const login = readMysqlLogin(values) ?? noDatabase
  if (login.problem !== undefined) return createUnusableSource('mysql', login.problem)
  return createMysqlSource({
    login: login.value,
    table,
    poolMin: values.MYSQL_POOL_MIN,
    poolMax: values.MYSQL_POOL_MAX,
  })
}
