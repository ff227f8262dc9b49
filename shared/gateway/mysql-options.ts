import type { MysqlConnection } from '../usage/mysql-store.ts'
import { type Variables, variable } from './edge.ts'

/** The database of `MYSQL_DSN`, or of `MYSQL_HOST`, `MYSQL_PORT`, `MYSQL_USER`, `MYSQL_PASSWORD` and `MYSQL_DB`; undefined where
 *  neither names one. */
export const mysqlConnection = (environment: Variables): MysqlConnection | undefined => {
  const dsn = variable(environment, 'MYSQL_DSN')
  if (dsn) return connectionOf(dsn)
  const read = (name: string): string | undefined => variable(environment, name)
  const host = read('MYSQL_HOST')
  const database = read('MYSQL_DB')
  if (!host || !database) return undefined
  return {
    host,
    port: Number(read('MYSQL_PORT') ?? 3306),
    user: read('MYSQL_USER') ?? 'root',
    password: read('MYSQL_PASSWORD') ?? '',
    database,
  }
}

const connectionOf = (dsn: string): MysqlConnection | undefined => {
  if (!URL.canParse(dsn)) return undefined
  const url = new URL(dsn)
  const database = decodeURIComponent(url.pathname.slice(1))
  if (!url.hostname || !database) return undefined
  return {
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  }
}
