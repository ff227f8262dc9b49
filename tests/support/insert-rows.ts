import type { TestDatabase } from '../../testing/servers/test-database.ts'

/** The columns of a row that a test sets. */
export type Row = Readonly<Record<string, string | number | null>>

/** Inserts rows into the model map. The defaults are a model at example.com with the key of A_API_KEY. */
export const insertRows = async (database: TestDatabase, rows: readonly Row[], table = 'llm_gateway_model_map') => {
  for (const given of rows) {
    const row = { provider: 'openai', api_base: 'https://a.example.com/v1', api_key_env: 'A_API_KEY', ...given }
    await database.query(`INSERT INTO ${table} SET ?`, [row])
  }
}
