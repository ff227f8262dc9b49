import { afterEach, expect, test } from '@jest/globals'
import { parseDsn } from '../../shared/gateway/mysql-login.ts'
import { mysqlStore } from '../../shared/usage/mysql-store.ts'
import { type FaultyMysql, faultyMysql } from '../stand-ins/faulty-mysql.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const storeThatLosesConnections = async () => {
  const server: FaultyMysql = await faultyMysql('drops the connection in mid-answer')
  const connection = parseDsn(server.dsn, 'disabled')
  if (!connection) throw new Error('no database')
  const store = mysqlStore({ connection, table: 'usage', poolMax: 1 })
  cleanups.push(store.end, server.close)
  return { store, statements: server.statements }
}

test('a read whose connection is lost is tried once more, on another one', async () => {
  const { store, statements } = await storeThatLosesConnections()
  await expect(store.read('r')).rejects.toThrow()
  expect(statements).toHaveLength(2)
})

test('a change whose connection is lost is not, because nobody knows whether it was made', async () => {
  const { store, statements } = await storeThatLosesConnections()
  await expect(store.change('r', { state: 'open' }, { state: 'void' })).rejects.toThrow()
  expect(statements).toHaveLength(1)
})
