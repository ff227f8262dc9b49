import { createConnection, format, type RowDataPacket } from 'mysql2/promise'
import { type MysqlLogin, toSslOption } from '../../shared/drivers/mysql-login.ts'
import { readMysqlLogin } from '../../shared/gateway/config/mysql-dsn.ts'
import type { Environment } from '../../shared/gateway/config/variables/environment.ts'
import { toSourceError } from '../../shared/models/sources/source-errors.ts'
import type { JsonObject } from '../../shared/runtime/json.ts'
import { toCloudFailure } from '../cloud/client/cloud-failure.ts'
import { DeploymentError } from '../cloud/client/deployment-error.ts'
import type { Variables } from '../variables/read-variables.ts'

/** The database of the model tools: one statement at a time. `values` replace the `?` of the SQL, escaped. */
export interface Database {
  readonly run: (sql: string, values?: readonly unknown[]) => Promise<JsonObject[]>
  readonly close: () => Promise<void>
}

/** Opens the database: over MySQL's protocol if a login is configured, else over CloudBase's management API, which
 *  needs `TENCENTCLOUD_SECRETID` and `TENCENTCLOUD_SECRETKEY`, and no VPC.
 *  @throws TypeError if neither is configured */
export const openDatabase = async (values: Environment, variables: Variables): Promise<Database> => {
  const login = readMysqlLogin(values)
  if (login?.problem !== undefined) throw new TypeError(login.problem)
  if (login) return connectToMysql(login.value)
  const { CLOUDBASE_ENV_ID: envId, TENCENTCLOUD_SECRETID: secretId, TENCENTCLOUD_SECRETKEY: secretKey } = variables
  if (envId && secretId && secretKey) return connectToManagementApi(variables)
  throw new TypeError(
    'No database is named. Set MYSQL_DSN, or CLOUDBASE_ENV_ID, TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY.',
  )
}

const connectToMysql = async ({ sslMode, ...login }: MysqlLogin) => {
  const ssl = toSslOption(sslMode)
  const connection = await createConnection({
    ...{ ...login, connectTimeout: 10_000, dateStrings: true },
    ...(ssl && { ssl }),
  }).catch((thrown: unknown) => {
    throw toSourceError(thrown)
  })
  return {
    run: async (sql: string, values: readonly unknown[] = []) => {
      const [rows] = await connection.query<RowDataPacket[]>(sql, [...values])
      return Array.isArray(rows) ? rows : []
    },
    close: () => connection.end(),
  }
}

const connectToManagementApi = async (variables: Variables): Promise<Database> => {
  const [{ connect }, { runSql }] = await Promise.all([
    import('../cloud/client/connect.ts'),
    import('../cloud/sql/run-sql.ts'),
  ])
  const cloud = await connect(variables)
  return {
    run: (sql, values = []) =>
      runSql(cloud, format(sql, [...values] as Parameters<typeof format>[1])).catch((thrown: unknown) => {
        const { reason, advice } = toCloudFailure(thrown)
        throw new DeploymentError(`${reason} ${advice}`.trim())
      }),
    close: () => Promise.resolve(),
  }
}
