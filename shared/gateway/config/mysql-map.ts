import { createMysqlSource } from '../../models/sources/mysql-source.ts'
import type { MapSource } from '../../models/sources/source.ts'
import { createUnusableSource } from '../../models/sources/source-errors.ts'
import type { TableName } from '../../models/sources/table.ts'
import type { Environment } from './environment.ts'
import { readMysqlLogin } from './mysql-dsn.ts'

/** Creates the source of the model map in the environment's MySQL. It is unusable if the login cannot be read. */
export const createMysqlMap = (values: Environment, table: TableName): MapSource => {
  const login = readMysqlLogin(values)
  if (typeof login !== 'object')
    return createUnusableSource(
      'mysql',
      login ?? 'No database is named. Set MYSQL_DSN, or MYSQL_HOST and its relatives.',
    )
  return createMysqlSource({ login, table, poolMin: values.MYSQL_POOL_MIN, poolMax: values.MYSQL_POOL_MAX })
}
