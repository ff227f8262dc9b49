import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { readCoreConfig } from '../../../shared/gateway/config/config.ts'
import { createRegistry } from '../../../shared/models/registry.ts'
import { describeWithDatabase, testDatabase } from '../../../testing/servers/test-database.ts'

const countSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

describeWithDatabase('the connection of the model map', () => {
  test.each([
    [{ keepConnections: false }, 0],
    [{}, 1],
  ])('leaves open, with the options %j, this number of sockets: %i', async (options, expected) => {
    const { dsn, query } = await testDatabase()
    for (const file of ['model-map', 'state']) await query(readFileSync(`scripts/sql/${file}.sql`, 'utf8'))
    const environment = { MYSQL_DSN: dsn, MYSQL_POOL_MIN: '1', DISABLE_AUTH: 'true', LOG_LEVEL: 'error' }
    const before = countSockets()
    const registry = createRegistry(readCoreConfig(environment, options).models)
    await registry.current()
    // The table was read: an empty one is refused.
    expect(registry.status().refused).toBe(true)
    expect(countSockets() - before).toBe(expected)
  })
})
