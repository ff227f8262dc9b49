import type { RowDataPacket } from 'mysql2/promise'
import { runQuery } from './run-query.ts'
import { databasePrefix, getRunServer, runVariables } from './run-server.ts'

const { TEST_MYSQL_DSN: givenDsn, [runVariables.program]: program } = process.env

/** Whether this run can create databases: on the server of `TEST_MYSQL_DSN` or on its own. */
export const hasDatabase = Boolean(givenDsn || program)

/** An empty database for one test file. The end of the run drops it. */
export interface TestDatabase {
  /** `mysql://user:password@host:port/database`. */
  readonly dsn: string
  readonly name: string
  /** Runs one or several statements on a new connection. Returns the rows of a single statement. */
  readonly query: (sql: string, values?: unknown[]) => Promise<RowDataPacket[]>
}

/** Creates an empty database on the run's server. The first call of a run starts the server, which takes about a second. */
export const testDatabase = async (): Promise<TestDatabase> => {
  const server = givenDsn ?? (await getRunServer()).dsn
  const name = `${databasePrefix()}${process.pid}_${Math.random().toString(36).slice(2, 8)}`
  await runQuery(server, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
  const dsn = new URL(server)
  dsn.pathname = `/${name}`
  return { dsn: dsn.href, name, query: (sql, values) => runQuery(dsn.href, sql, values) }
}
