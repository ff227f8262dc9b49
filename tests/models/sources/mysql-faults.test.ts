import { afterEach, describe, expect, test } from '@jest/globals'
import { freePort } from '../../../scripts/local/ports/free-port.ts'
import { type Fault, type FaultyMysql, faultyMysql } from '../../../testing/stand-ins/faulty-mysql.ts'
import { createInstance, type Instance } from '../../support/create-instance.ts'

let server: FaultyMysql | undefined
afterEach(() => server?.close())

const fallback = { MODEL_PROVIDER_MAP: '{"from-variable": {"api_base": "https://a.example.com"}}' }

const faults: [Fault, RegExp][] = [
  ['never greets', /cannot be reached/],
  ['refuses the login', /refuses the login/],
  ['has no table', /does not exist.*model-map\.sql/],
  ['has no database', /database of that name does not exist/],
  ['has too many connections', /no connection left/],
  ['drops the connection in mid-answer', /lost before the result was complete/],
  ['never answers', /took too long/],
  ['speaks another protocol', /error|reached|lost/],
]

const getAllText = ({ lines, status }: Instance): string => JSON.stringify([lines, status().lastError])

describe.each(faults)('a database that %s', (fault, help) => {
  test('leaves a new instance the local map, with an error that names the remedy and no secret (R23)', async () => {
    server = await faultyMysql(fault)
    const models = createInstance({ MYSQL_DSN: server.dsn, ...fallback })
    expect((await models.current()).models).toEqual(['from-variable'])
    expect(models.status().lastError).toMatch(help)
    expect(getAllText(models)).not.toMatch(/secret|127\.0\.0\.1|half-read/)
  })

  test('causes a 503 config_unavailable if there is no other map (R23)', async () => {
    server = await faultyMysql(fault)
    const models = createInstance({ MYSQL_DSN: server.dsn })
    await expect(models.current()).rejects.toMatchObject({ status: 503, code: 'config_unavailable' })
  })
})

describe('a database that is down', () => {
  test('gets one query per pause, which grows from one second to a minute (R23)', async () => {
    server = await faultyMysql('has no table')
    const models = createInstance({ MYSQL_DSN: server.dsn })
    const queriedAt: number[] = []
    for (let second = 0; second <= 180; second += 1) {
      const before = server.statements.length
      await models.current().catch(() => undefined)
      if (server.statements.length > before) queriedAt.push(second)
      models.pass(1)
    }
    expect(queriedAt).toEqual([0, 1, 3, 7, 15, 31, 63, 123])
  })

  test('is reported as unreachable if no server listens', async () => {
    const models = createInstance({ MYSQL_DSN: `mysql://u:p@127.0.0.1:${await freePort()}/d`, ...fallback })
    expect((await models.current()).models).toEqual(['from-variable'])
    expect(models.status().lastError).toMatch(/cannot be reached/)
  })
})

describe('the configuration of the database', () => {
  test.each([
    [{ MYSQL_DSN: 'postgres://u:p@h/d' }, /MYSQL_DSN cannot be read/],
    [{ MYSQL_DSN: 'mysql://h' }, /MYSQL_DSN cannot be read/],
    [{ MYSQL_HOST: 'h' }, /MYSQL_USER or MYSQL_DB/],
    [{ REMOTE_CONFIG_SOURCE: 'mysql' }, /No database is named/],
    [{ REMOTE_CONFIG_SOURCE: 'rdb' }, /CLOUDBASE_ENV_ID and CLOUDBASE_APIKEY/],
    [{ REMOTE_CONFIG_SOURCE: 'rdb', CLOUDBASE_ENV_ID: 'e' }, /CLOUDBASE_ENV_ID and CLOUDBASE_APIKEY/],
  ])('is reported if it is incomplete, and the local map is used: %j', async (environment, help) => {
    const models = createInstance({ ...environment, ...fallback })
    expect((await models.current()).models).toEqual(['from-variable'])
    expect(models.status().lastError).toMatch(help)
  })
})

test('uses the files with REMOTE_CONFIG_SOURCE=none, although MYSQL_DSN names a database', async () => {
  const models = createInstance({ MYSQL_DSN: 'mysql://u:p@127.0.0.1:1/d', REMOTE_CONFIG_SOURCE: 'none', ...fallback })
  expect((await models.current()).models).toEqual(['from-variable'])
  expect(models.status().lastError).toBeNull()
})

describe('REMOTE_CONFIG_TABLE', () => {
  const hostile = [
    ...['t; DROP TABLE users', 't`', '`t`', "t' OR '1'='1", 't--', 't/**/', 't WHERE 1', '(SELECT 1)', 't,u'],
    ...['a.b.c', '.t', 't.', 'a..b', '1t', 't-u', 't u', 't\u0000', 't\nu', 'tаble', '表', '@@version', 't\\', 't%20'],
    ...['t'.repeat(65), `${'d'.repeat(65)}.t`, '*', '?', '../t'],
  ]

  test.each(hostile)('is rejected before anything connects if it is %j (R27, R51)', async (name) => {
    server = await faultyMysql('has no table')
    const models = createInstance({ MYSQL_DSN: server.dsn, REMOTE_CONFIG_TABLE: name, ...fallback })
    expect((await models.current()).models).toEqual(['from-variable'])
    expect(models.status().lastError).toMatch(/REMOTE_CONFIG_TABLE is no table name/)
    expect(server.statements).toEqual([])
  })

  test.each(['t', 'T_1', '_t', 'db.t', 't'.repeat(64)])('is used in backticks if it is %s', async (name) => {
    server = await faultyMysql('has no table')
    const models = createInstance({ MYSQL_DSN: server.dsn, REMOTE_CONFIG_TABLE: name, ...fallback })
    await models.current()
    expect(server.statements[1]).toBe(
      `CHECKSUM TABLE ${name
        .split('.')
        .map((part) => `\`${part}\``)
        .join('.')}`,
    )
  })
})
