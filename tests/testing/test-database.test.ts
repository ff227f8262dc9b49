import { expect, test } from '@jest/globals'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { seedTable } from '../support/seed-table.ts'

describeWithDatabase('testDatabase', () => {
  test('creates an empty database for each test file, which accepts the original table', async () => {
    const [one, other] = await Promise.all([testDatabase(), testDatabase()])
    await one.query(seedTable)
    await one.query(
      "INSERT INTO llm_gateway_model_map (model_name, provider, api_base, api_key_env) VALUES ('a', 'openai', '', '')",
    )
    expect(await one.query('SELECT model_name, enabled FROM llm_gateway_model_map')).toEqual([
      { model_name: 'a', enabled: 1 },
    ])
    expect(await other.query('SHOW TABLES')).toEqual([])
  })
})
