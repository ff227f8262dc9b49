import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { readCoreConfig } from '../../../shared/gateway/config/config.ts'
import { createRegistry } from '../../../shared/models/registry.ts'
import { testDatabase } from '../../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'

const countOthers =
  'SELECT COUNT(*) AS count FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()'

describeWithDatabase('the connections of the model map', () => {
  test.each([
    [{ keepConnections: false }, 0],
    [{}, 1],
  ])('leave, with the options %j, this number open after use: %i', async (options, expected) => {
    const { dsn, name, query } = await testDatabase()
    for (const file of ['model-map', 'state']) await query(readFileSync(`scripts/sql/${file}.sql`, 'utf8'))
    const environment = { MYSQL_DSN: dsn, MYSQL_POOL_MIN: '1', DISABLE_AUTH: 'true', LOG_LEVEL: 'error' }
    const registry = createRegistry(readCoreConfig(environment, options).models)
    await registry.current()
    // The table was read: an empty one is refused.
    expect(registry.status().refused).toBe(true)
    // The server lists a closed connection a little longer.
    await wait(300)
    expect((await query(countOthers, [name]))[0]?.['count']).toBe(expected)
  })
})

test.each([
  ['on', true],
  ['off', false],
  ['true', false],
  ['', false],
])('has keys of users with KEYS=%j: %s', (KEYS, expected) => {
  const { keys } = readCoreConfig({ KEYS, DISABLE_AUTH: 'true', LOG_LEVEL: 'error' })
  expect(keys !== undefined).toBe(expected)
})
