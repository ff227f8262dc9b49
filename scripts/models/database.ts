import { createConnection, format, type RowDataPacket } from 'mysql2/promise'
import type { Environment } from '../../shared/gateway/environment.ts'
import { mysqlLogin } from '../../shared/gateway/mysql-login.ts'
import { mysqlTls } from '../../shared/models/mysql-tls.ts'
import { isObject, type JsonObject } from '../../shared/protocol/json.ts'

/** The database as the model tools see it: one statement at a time, values filled in here. */
export interface Database {
  readonly run: (sql: string, values?: readonly unknown[]) => Promise<JsonObject[]>
  readonly close: () => Promise<void>
}

/** Opens the database of the environment: over MySQL's protocol where one is named; else over CloudBase's management API, which
 *  needs `TENCENTCLOUD_SECRETID` and `TENCENTCLOUD_SECRETKEY`, and no VPC. */
export const openDatabase = async (values: Environment, environment: NodeJS.ProcessEnv): Promise<Database> => {
  const login = mysqlLogin(values)
  if (typeof login === 'string') throw new TypeError(login)
  if (login) return overMysql(login)
  const { TENCENTCLOUD_SECRETID: secretId, TENCENTCLOUD_SECRETKEY: secretKey } = environment
  const { CLOUDBASE_ENV_ID: envId, CLOUDBASE_REGION: region } = values
  if (secretId && secretKey && envId) return overManagementApi({ secretId, secretKey, envId, region })
  throw new TypeError(
    'No database is named. Set MYSQL_DSN, or CLOUDBASE_ENV_ID, TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY.',
  )
}

const overMysql = async ({ sslMode, ...login }: Exclude<ReturnType<typeof mysqlLogin>, string | undefined>) => {
  const ssl = mysqlTls(sslMode)
  const connection = await createConnection({
    ...{ ...login, connectTimeout: 10_000, dateStrings: true },
    ...(ssl && { ssl }),
  })
  return {
    run: async (sql: string, values: readonly unknown[] = []) => {
      const [rows] = await connection.query<RowDataPacket[]>(sql, [...values])
      return Array.isArray(rows) ? rows : []
    },
    close: () => connection.end(),
  }
}

interface ManagementLogin {
  readonly secretId: string
  readonly secretKey: string
  readonly envId: string
  readonly region: string
}

/** `@cloudbase/manager-node` 5.6, `mysql.runSql`: rows come back as JSON texts. */
const overManagementApi = async (login: ManagementLogin): Promise<Database> => {
  const { default: CloudBase } = await import('@cloudbase/manager-node')
  const { mysql } = CloudBase.init(login)
  return {
    run: async (sql, values = []) => {
      const { Items: items } = await mysql.runSql({ Sql: format(sql, [...values] as Parameters<typeof format>[1]) })
      return (items ?? []).map((item: unknown) => (typeof item === 'string' ? JSON.parse(item) : item)).filter(isObject)
    },
    close: () => Promise.resolve(),
  }
}
