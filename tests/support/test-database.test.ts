import { expect, test } from '@jest/globals'
import { describeWithDatabase, testDatabase } from './test-database.ts'

/** The table as the original's README suggests it. */
const seedTable = `
CREATE TABLE llm_gateway_model_map (
  id BIGINT PRIMARY KEY AUTO_INCREMENT,
  model_name VARCHAR(128) NOT NULL,
  provider VARCHAR(64) NOT NULL,
  api_base VARCHAR(255) NOT NULL,
  api_key_env VARCHAR(64) NOT NULL,
  api_key VARCHAR(255) DEFAULT NULL,
  enabled TINYINT(1) NOT NULL DEFAULT 1,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  _openid VARCHAR(64) DEFAULT '' NOT NULL,
  UNIQUE KEY uniq_model_name (model_name)
);`

describeWithDatabase('the database of a test file', () => {
  test('is empty, its own, and takes the original table unchanged', async () => {
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
