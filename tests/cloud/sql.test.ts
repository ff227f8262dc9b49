import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Cloud } from '../../scripts/cloud/client/connect.ts'
import { runStatements } from '../../scripts/cloud/sql/run-sql.ts'
import { getClosedTables, readSqlFiles, splitStatements } from '../../scripts/cloud/sql/sql-files.ts'

describe('a .sql file', () => {
  test.each([
    ['one statement', 'SELECT 1', ['SELECT 1']],
    ['two, with line ends', 'SELECT 1;\n\nSELECT 2;\n', ['SELECT 1', 'SELECT 2']],
    ['comments, one with a semicolon', '-- first; not a statement\nSELECT 1 -- and here\n;', ['SELECT 1']],
    ['a semicolon in quotes', 'SELECT \';\', "a;b", `c;d`; SELECT 2', ['SELECT \';\', "a;b", `c;d`', 'SELECT 2']],
    ['quotes in quotes', "SELECT 'it''s; \\'so\\'';SELECT 2", ["SELECT 'it''s; \\'so\\''", 'SELECT 2']],
    ['dashes in quotes', "SELECT '-- no comment'; SELECT 2", ["SELECT '-- no comment'", 'SELECT 2']],
    ['nothing', ' ;; \n-- only a comment', []],
  ])('is split at the semicolons that end statements: %s', (...[, sql, statements]) => {
    expect(splitStatements(sql)).toEqual(statements)
  })

  test('keeps every statement, with any quoted text in it', () => {
    const quoted = fc.string().map((text) => `SELECT '${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}' AS a`)
    fc.assert(
      fc.property(fc.array(quoted, { maxLength: 5 }), (statements) => {
        expect(splitStatements(statements.join(';\n'))).toEqual(statements)
      }),
    )
  })

  test('is read with the table names of the variables, a table before its added columns', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sql-'))
    for (const [name, sql] of [
      ['model-map-columns.sql', 'ALTER TABLE llm_gateway_model_map ADD a INT'],
      ['model-map.sql', 'CREATE TABLE llm_gateway_model_map (b INT)'],
      ['usage.sql', 'CREATE TABLE llm_gateway_usage (c INT)'],
      ['limits.sql', 'CREATE TABLE llm_gateway_usage_limits (d INT)'],
      ['notes.txt', 'no SQL'],
    ] as const) {
      writeFileSync(join(folder, name), sql)
    }
    expect(readSqlFiles({ REMOTE_CONFIG_TABLE: 'my_models', USAGE_TABLE: 'my_usage' }, folder)).toEqual([
      { name: 'limits.sql', statements: ['CREATE TABLE my_usage_limits (d INT)'] },
      { name: 'model-map.sql', statements: ['CREATE TABLE my_models (b INT)'] },
      { name: 'model-map-columns.sql', statements: ['ALTER TABLE my_models ADD a INT'] },
      { name: 'usage.sql', statements: ['CREATE TABLE my_usage (c INT)'] },
    ])
    const files = readSqlFiles({ REMOTE_CONFIG_TABLE: 'shop.my_models' }, folder)
    expect(files[1]?.statements).toEqual(['CREATE TABLE my_models (b INT)'])
    expect(getClosedTables(files, { REMOTE_CONFIG_TABLE: 'shop.my_models' })).toEqual([
      'my_models',
      'llm_gateway_usage_limits',
      'llm_gateway_usage',
    ])
    rmSync(folder, { recursive: true })
  })

  test('has statements, in this repository', () => {
    const shipped = readdirSync('scripts').includes('sql') ? readdirSync('scripts/sql') : []
    const files = readSqlFiles({})
    expect(files.map(({ name }) => name).sort()).toEqual(shipped.filter((name) => name.endsWith('.sql')).sort())
    for (const { statements } of files) expect(statements.length).toBeGreaterThan(0)
  })
})

describe('statements that need a session', () => {
  const migration = `
    SET @statement = IF(EXISTS (SELECT 1 FROM information_schema.columns WHERE column_name = 'a'), 'DO 0', 'ALTER TABLE t ADD a INT');
    PREPARE statement FROM @statement;
    EXECUTE statement;
    DEALLOCATE PREPARE statement;
    SELECT 1;`

  /** A database in which each call has a session of its own. */
  const database = (value: string): { cloud: Cloud; sent: string[] } => {
    const sent: string[] = []
    const runSql = async ({ Sql }: { Sql: string }) => {
      sent.push(Sql)
      return { Items: Sql.startsWith('SELECT IF') ? [JSON.stringify({ value })] : [], Infos: [], RowsAffected: 0 }
    }
    return { cloud: { app: { mysql: { runSql } } } as unknown as Cloud, sent }
  }

  test('are interpreted, and only the result is sent', async () => {
    const { cloud, sent } = database('ALTER TABLE t ADD a INT')
    await runStatements(cloud, splitStatements(migration))
    expect(sent).toEqual([
      expect.stringMatching(/^SELECT IF\(EXISTS .* AS value$/),
      'ALTER TABLE t ADD a INT',
      'SELECT 1',
    ])
  })

  test('send nothing if the result is empty', async () => {
    const { cloud, sent } = database('DO 0')
    await runStatements(cloud, splitStatements(migration))
    expect(sent).toEqual([expect.stringMatching(/^SELECT IF/), 'SELECT 1'])
  })
})
