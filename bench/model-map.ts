import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { modelFor, scripts } from './wire/script.ts'

/** The models of a benchmark. */
export interface MapOptions {
  /** Origin of the scripted upstream. */
  readonly upstream: string
  /** Number of models, including those of the scenarios. */
  readonly models: number
}

/** The map sizes that scenarios use. */
export const mapSizes = [10, 10_000] as const

/** Returns the names of the models. Those of the scenarios come last. */
const listModels = (models: number): string[] => {
  const names = Object.values(scripts).map(modelFor)
  return [...Array.from({ length: models - names.length }, (_, index) => `model-${index}`), ...names]
}

/** Writes a model map as a file and returns its path. */
export const writeMapFile = ({ upstream, models }: MapOptions): string => {
  const entry = { provider: 'openai', api_base: `${upstream}/v1`, api_key_env: 'BENCH_API_KEY', enabled: true }
  const file = resolve('dist/bench', `map-${models}.json`)
  writeFileSync(file, JSON.stringify(Object.fromEntries(listModels(models).map((name) => [name, entry]))))
  return file
}

/** Returns the name of the table for a map of this size. */
export const mapTable = (models: number): string => `bench_model_map_${models}`

const columns = `
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
  UNIQUE KEY uniq_model_name (model_name)`

/** Creates and fills the tables of all map sizes, and creates the table of their versions. Replaces existing tables of maps. */
export const fillMapTables = async (dsn: string, upstream: string): Promise<void> => {
  const { createConnection } = await import('mysql2/promise')
  const connection = await createConnection(dsn)
  try {
    await connection.query(readFileSync('scripts/sql/state.sql', 'utf8'))
    for (const models of mapSizes) {
      const table = mapTable(models)
      const rows = listModels(models).map((name) => [name, 'openai', `${upstream}/v1`, 'BENCH_API_KEY'])
      await connection.query(`CREATE OR REPLACE TABLE ${table} (${columns})`)
      await connection.query(`INSERT INTO ${table} (model_name, provider, api_base, api_key_env) VALUES ?`, [rows])
    }
  } finally {
    await connection.end()
  }
}
