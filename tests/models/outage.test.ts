import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { findServer, type RunningServer, startServer, stopServer } from '../../testing/servers/mariadb.ts'
import { runQuery } from '../../testing/servers/run-query.ts'
import { createInstance } from '../support/create-instance.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

/** This file has its own server, because it stops and starts it. It cannot stop the server of TEST_MYSQL_DSN. */
const program = findServer() ?? ''
const describeOutage = program ? describeWithDatabase : describe.skip

const folder = mkdtempSync(join(tmpdir(), 'outage-'))
let server: RunningServer
const start = async (): Promise<void> => {
  const port = server ? { port: server.port } : {}
  server = await startServer({ program, folder, guardian: process.pid, ...port })
}

const row = (name: string): string =>
  `INSERT INTO m.llm_gateway_model_map (model_name, provider, api_base, api_key_env) VALUES ('${name}', 'glm', 'https://a.example', '')`
const environment = (): Record<string, string> => ({ MYSQL_DSN: `${server.dsn}/m`, MYSQL_POOL_MIN: '1' })
const fallback = { MODEL_PROVIDER_MAP: '{"local": {"api_base": "https://a.example"}}' }
const closed = { MYSQL_POOL_MIN: '0' }

describeOutage('a registry whose database stops and starts', () => {
  beforeAll(async () => {
    await start()
    const sql = ['model-map', 'state'].map((file) => readFileSync(`scripts/sql/${file}.sql`, 'utf8'))
    await runQuery(server.dsn, `CREATE DATABASE m; USE m; ${sql.join('')} ${row('a')}`)
  }, 60_000)

  afterAll(async () => {
    await stopServer(server)
    rmSync(folder, { recursive: true, force: true })
  })

  test('sends one light query per TTL, for any number of requests, and holds no connection between them', async () => {
    const instance = createInstance({ ...environment(), ...closed })
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
    await runQuery(server.dsn, "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON")
    const openBefore = sockets()
    for (let second = 0; second < 30; second += 1) {
      await Promise.all(Array.from({ length: 20 }, () => instance.current()))
      expect(sockets()).toBe(openBefore)
      instance.pass(1)
    }
    const asked = await runQuery(
      server.dsn,
      "SELECT CONVERT(argument USING utf8mb4) AS sql_text FROM mysql.general_log WHERE command_type = 'Query' AND argument LIKE 'SELECT%llm_gateway%' AND argument NOT LIKE '%general_log%'",
    )
    await runQuery(server.dsn, 'SET GLOBAL general_log = OFF')
    const stamp = "SELECT version FROM `llm_gateway_state` WHERE name = 'llm_gateway_model_map'"
    const read = expect.stringMatching(/^SELECT \* FROM `llm_gateway_model_map`/)
    expect(asked.map((row) => row['sql_text'])).toEqual([stamp, read, stamp, stamp])
  }, 60_000)

  test('keeps its map when warm, uses the local map or a 503 when cold, and recovers without a restart (R24)', async () => {
    const warm = createInstance(environment())
    expect((await warm.current()).models).toEqual(['a'])
    await stopServer(server)

    warm.pass(10)
    expect((await warm.current()).models).toEqual(['a'])
    expect(warm.status()).toMatchObject({ lastError: expect.stringMatching(/cannot be reached|lost/), refused: false })
    expect(await warm.reload({ force: false })).toMatchObject({ snapshot: { models: ['a'] } })

    const coldWithFile = createInstance({ ...environment(), ...closed, ...fallback })
    expect((await coldWithFile.current()).models).toEqual(['local'])
    const coldWithout = createInstance({ ...environment(), ...closed })
    await expect(coldWithout.current()).rejects.toMatchObject({ status: 503, code: 'config_unavailable' })

    await start()
    await runQuery(server.dsn, row('b'))
    for (const [instance, pause] of [
      [warm, 60],
      [coldWithFile, 10],
      [coldWithout, 1],
    ] as const) {
      instance.pass(pause)
      await instance.current()
    }
    expect((await coldWithFile.current()).models).toEqual(['a', 'b'])
    expect((await coldWithout.current()).models).toEqual(['a', 'b'])
    expect((await warm.current()).models).toEqual(['a'])
    expect((await coldWithFile.reload({ force: false })).lastError).toBeNull()
    warm.pass(10)
    expect((await warm.current()).models).toEqual(['a', 'b'])
    expect(warm.status().lastError).toBeNull()
  }, 60_000)

  test('sends a query again on a new connection if the kept one has died', async () => {
    const instance = createInstance(environment())
    await instance.current()
    await stopServer(server)
    await start()
    instance.pass(10)
    await instance.current()
    expect(instance.status().lastError).toBeNull()
    await stopServer(server)
  }, 60_000)
})
