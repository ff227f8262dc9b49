import { describe } from '@jest/globals'
import type { RowDataPacket } from 'mysql2/promise'
import { queryOn } from './query.ts'
import { databasePrefix, runVariables, serverOfRun } from './run-server.ts'

const { TEST_MYSQL_DSN: givenDsn, [runVariables.program]: program } = process.env

/** Like `describe`, for tests that need a database; skipped on a machine that can have none. */
export const describeWithDatabase = givenDsn || program ? describe : describe.skip

/** A database of its own for a test file: empty, and gone after the run. */
export interface TestDatabase {
  /** `mysql://user:password@host:port/database`. */
  readonly dsn: string
  readonly name: string
  /** Runs one or several statements on a connection of its own and returns the rows of a single one. */
  readonly query: (sql: string, values?: unknown[]) => Promise<RowDataPacket[]>
}

/** Makes an empty database on the run's server; the first call of a run starts the server, which takes about a second. */
export const testDatabase = async (): Promise<TestDatabase> => {
  const server = givenDsn ?? (await serverOfRun()).dsn
  const name = `${databasePrefix()}${process.pid}_${Math.random().toString(36).slice(2, 8)}`
  await queryOn(server, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
  const dsn = new URL(server)
  dsn.pathname = `/${name}`
  return { dsn: dsn.href, name, query: (sql, values) => queryOn(dsn.href, sql, values) }
}
