import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { readSqlFiles } from '../../scripts/cloud/sql/sql-files.ts'

/** What one of MySQL 8.0 and MariaDB 10.11 does not take, or takes differently (their reference manuals, "Data Types",
 *  "CREATE TABLE", "INSERT"; MariaDB, "Incompatibilities and Feature Differences Between MariaDB and MySQL 8.0"). */
const forbidden: Readonly<Record<string, RegExp>> = {
  'ADD COLUMN IF NOT EXISTS, which only MariaDB has':
    /\b(ADD|DROP|MODIFY|CHANGE)\s+(COLUMN|INDEX|KEY)?\s*IF\s+(NOT\s+)?EXISTS\b/i,
  'CREATE OR REPLACE TABLE, which only MariaDB has': /\bCREATE\s+OR\s+REPLACE\s+TABLE\b/i,
  'CREATE INDEX IF NOT EXISTS, which only MariaDB has': /\bCREATE\s+(UNIQUE\s+)?INDEX\s+IF\b/i,
  'RETURNING, which only MariaDB has': /\bRETURNING\b/i,
  'sequences, which only MariaDB has': /\b(CREATE\s+SEQUENCE|NEXTVAL|NEXT\s+VALUE)\b/i,
  'system versioning, which only MariaDB has': /\bSYSTEM\s+VERSIONING\b/i,
  'types that only MariaDB has': /\b(UUID|INET4|INET6)\b(?!\s*\()/i,
  'storage engines of MariaDB': /\bENGINE\s*=\s*(Aria|ColumnStore|MyRocks)/i,
  'a row alias of an INSERT, which only MySQL has': /\bAS\s+\w+\s+ON\s+DUPLICATE\b/i,
  'JSON arrows, which only MySQL has': /->>?/,
  'collations that only MySQL has': /utf8mb4_0900|utf8mb4_\w+_as_c[is]/i,
  'collations that only MariaDB has': /uca1400|_nopad_/i,
  'an expression as a default without parentheses': /\bDEFAULT\s+(?!CURRENT_TIMESTAMP|NULL\b)[A-Za-z_]+\s*\(/i,
  'a default for a text, a blob or JSON, which MySQL refuses': /\b(TEXT|BLOB|JSON)\b[^,)]*\bDEFAULT\s+(?!NULL)/i,
  'invisible columns, which each spells in its own place': /\bINVISIBLE\b/i,
  'display widths of whole numbers, which MySQL warns of': /\b(INT|BIGINT|SMALLINT|MEDIUMINT)\s*\(\d+\)/i,
  'executable comments': /\/\*[!M]/,
  'words that MySQL 8 reserves, as bare names':
    /^\s*(rank|groups|system|window|function|lateral|of|recursive|rows|cube)\s+[A-Z]+/im,
}

describe.each(readSqlFiles({}))('the SQL file $name', ({ statements }) => {
  test('holds nothing that MySQL 8 and MariaDB 10.11 do not share', () => {
    const bare = statements.map((sql) => sql.replace(/COMMENT '[^']*'/g, ''))
    for (const sql of bare)
      expect(Object.entries(forbidden).flatMap(([what, pattern]) => (pattern.test(sql) ? [what, sql] : []))).toEqual([])
  })

  test('has only statements that may run again', () => {
    for (const sql of statements)
      expect(sql).toMatch(/^(CREATE TABLE IF NOT EXISTS|SET @\w+ =|PREPARE|EXECUTE|DEALLOCATE PREPARE) /)
  })
})

test('the list of forbidden constructs finds each', () => {
  const samples = [
    ...[
      'ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT',
      'CREATE OR REPLACE TABLE t (a INT)',
      'CREATE INDEX IF NOT EXISTS i ON t (a)',
    ],
    ...[
      'DELETE FROM t RETURNING a',
      'CREATE SEQUENCE s',
      'CREATE TABLE t (a INT) WITH SYSTEM VERSIONING',
      'a UUID NOT NULL',
    ],
    ...['ENGINE=Aria', 'VALUES (1) AS new ON DUPLICATE KEY UPDATE', "a->>'$.b'", 'COLLATE utf8mb4_0900_ai_ci'],
    ...[
      'COLLATE utf8mb4_uca1400_ai_ci',
      'a INT DEFAULT foo()',
      "a TEXT DEFAULT 'x'",
      'a INT INVISIBLE',
      'a BIGINT(20)',
    ],
    ...['/*! x */', 'groups TEXT'],
  ]
  const patterns = Object.values(forbidden)
  expect(samples.map((sample, index) => patterns[index]?.test(sample))).toEqual(patterns.map(() => true))
})

test('the statements of the running gateway use nothing else either', () => {
  const sources = [
    'shared/models/sources/mysql-source.ts',
    'shared/limits/mysql-limit-store.ts',
    'shared/wallet/mysql-wallet-store.ts',
    'scripts/models/check.ts',
    'scripts/models/command.ts',
    'scripts/models/commands.ts',
    'shared/usage/store/mysql/statements.ts',
    'shared/usage/store/mysql/table.ts',
  ]
  const texts = sources.flatMap(
    (file) => readFileSync(file, 'utf8').match(/[`'](?:SELECT|INSERT|UPDATE|CREATE|CHECKSUM|SHOW)[^`']*/g) ?? [],
  )
  expect(texts.length).toBeGreaterThan(6)
  for (const text of texts)
    for (const [what, pattern] of Object.entries(forbidden)) expect([what, pattern.test(text)]).toEqual([what, false])
})
