import { mysqlSource } from '../../models/sources/mysql-source.ts'
import type { MapSource } from '../../models/sources/source.ts'
import { unusableSource } from '../../models/sources/source-errors.ts'
import type { TableName } from '../../models/sources/table.ts'
import type { Environment } from './environment.ts'
import { readMysqlLogin } from './mysql-dsn.ts'

/** The model map in the table of the environment's MySQL. */
export const createMysqlMap = (values: Environment, table: TableName): MapSource => {
  const login = readMysqlLogin(values)
  if (typeof login !== 'object')
    return unusableSource('mysql', login ?? 'No database is named. Set MYSQL_DSN, or MYSQL_HOST and its relatives.')
  return mysqlSource({ login, table, poolMin: values.MYSQL_POOL_MIN, poolMax: values.MYSQL_POOL_MAX })
}
