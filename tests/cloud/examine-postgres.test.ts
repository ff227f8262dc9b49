import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Cloud } from '../../scripts/cloud/client/connect.ts'
import { examinePostgres } from '../../scripts/cloud/doctor/examine/examine-postgres.ts'
import { listPostgresRelations, readPostgresFiles } from '../../scripts/cloud/sql/postgres-files.ts'
import { providePostgres } from '../../testing/servers/postgres.ts'
import { type CloudbasePostgres, startCloudbasePostgres } from '../../testing/stand-ins/cloudbase-postgres.ts'
import { serviceKey } from '../../testing/stand-ins/postgres-api.ts'
import { describeWithPostgres } from '../support/describe-with-postgres.ts'

const variables = { USAGE_STORE: 'rdb', CLOUDBASE_ENV_ID: 'env-1', CLOUDBASE_APIKEY: serviceKey }

test('the files of PostgreSQL are those of USAGE_STORE=rdb alone, with the name of its table', () => {
  expect(readPostgresFiles({ USAGE_STORE: 'mysql' })).toEqual([])
  const names = listPostgresRelations(readPostgresFiles({ ...variables, USAGE_TABLE: 'mine' })).map(({ name }) => name)
  expect(names).toEqual(['mine', 'mine_totals', 'mine_limits', 'mine_wallet'])
})

const program = providePostgres()

let postgres: CloudbasePostgres

beforeAll(async () => {
  if (program === undefined) return
  postgres = await startCloudbasePostgres(program)
}, 120_000)

afterAll(async () => {
  await postgres?.close()
})

/** A cloud whose API runs statements in the database, as `ExecutePGSql` does. */
const createCloud = (executePGSql: (options: { Sql: string }) => Promise<object>): Cloud =>
  ({ app: { database: { executePGSql } } }) as unknown as Cloud

const reaching = createCloud(async ({ Sql }) => {
  const rows = await postgres.query(Sql)
  return { Columns: Object.keys(rows[0] ?? {}), Rows: rows.map((row) => JSON.stringify(Object.values(row))) }
})

const notReaching = createCloud(() => Promise.reject(new Error('the environment has no PostgreSQL')))

const setUp = async (): Promise<void> => {
  for (const { statements } of readPostgresFiles(variables))
    for (const statement of statements) await postgres.query(statement)
}

describeWithPostgres('the tables of USAGE_STORE=rdb', () => {
  beforeEach(setUp)

  test('are found complete after their files have run, by the catalog', async () => {
    const findings = await examinePostgres(reaching, variables)
    expect(findings.map(({ level, subject, detail }) => [level, subject, detail])).toEqual([
      ['ok', 'llm_gateway_usage', 'has 37 columns, its grants and its row policies'],
      ['ok', 'llm_gateway_usage_totals', 'is read by the gateway alone'],
      ['ok', 'llm_gateway_usage_limits', 'has 4 columns, its grants and its row policies'],
      ['ok', 'llm_gateway_usage_wallet', 'has 4 columns, its grants and its row policies'],
    ])
  })

  test.each([
    ['usage', 'ALTER TABLE llm_gateway_usage DROP COLUMN safety', '', 'lacks the columns safety'],
    [
      'wallet',
      'REVOKE DELETE ON llm_gateway_usage_wallet FROM service_role',
      '_wallet',
      'lacks the grants service_role DELETE',
    ],
    [
      'wallet',
      'GRANT UPDATE ON llm_gateway_usage_wallet TO authenticated',
      '_wallet',
      'gives users the grants authenticated UPDATE',
    ],
    [
      'limits',
      'GRANT SELECT ON llm_gateway_usage_limits TO PUBLIC',
      '_limits',
      'gives users the grants anon SELECT, authenticated SELECT',
    ],
    ['usage', 'GRANT SELECT ON llm_gateway_usage_totals TO anon', '_totals', 'gives users the grants anon SELECT'],
    [
      'usage',
      'ALTER TABLE llm_gateway_usage DISABLE ROW LEVEL SECURITY',
      '',
      'has no row level security: users read all rows',
    ],
    [
      'usage',
      'DROP POLICY llm_gateway_usage_own ON llm_gateway_usage',
      '',
      'lacks the row policy llm_gateway_usage_own',
    ],
    [
      'usage',
      'ALTER POLICY llm_gateway_usage_own ON llm_gateway_usage USING (true)',
      '',
      'has a row policy llm_gateway_usage_own that does not keep users to their own rows',
    ],
    ['limits', 'DROP TABLE llm_gateway_usage_limits', '_limits', 'does not exist'],
  ])('are a problem that %s.sql mends after %s', async (file, damage, suffix, detail) => {
    await postgres.query(damage)
    const fix = `Run npm run deploy, which runs scripts/sql/postgres/${file}.sql. It can run again without harm.`
    const bad = (await examinePostgres(reaching, variables)).filter(({ level }) => level !== 'ok')
    expect(bad).toEqual([{ level: 'problem', subject: `llm_gateway_usage${suffix}`, detail, fix }])
    await setUp()
    expect((await examinePostgres(reaching, variables)).filter(({ level }) => level !== 'ok')).toEqual([])
  })

  test('are a problem if they have a row policy that is not the gateway’s', async () => {
    await postgres.query('CREATE POLICY open ON llm_gateway_usage_wallet FOR SELECT TO authenticated USING (true)')
    const found = await examinePostgres(reaching, variables)
    expect(found.find(({ level }) => level === 'problem')?.detail).toMatch(
      /^has the row policy open, which is not the gateway's/,
    )
    await postgres.query('DROP POLICY open ON llm_gateway_usage_wallet')
  })

  test('are read over the API of the database if the cloud’s API does not reach it', async () => {
    await postgres.query('ALTER TABLE llm_gateway_usage DROP COLUMN safety')
    await postgres.query('DROP TABLE llm_gateway_usage_limits')
    await postgres.query('REVOKE SELECT ON llm_gateway_usage_wallet FROM service_role')
    const findings = await examinePostgres(notReaching, variables)
    expect(findings.map(({ level, subject, detail }) => [level, subject, detail])).toEqual([
      ['problem', 'llm_gateway_usage', 'lacks a column'],
      ['open', 'llm_gateway_usage_totals', expect.stringMatching(/^is read; the cloud's API does not show/)],
      ['problem', 'llm_gateway_usage_limits', 'does not exist'],
      ['problem', 'llm_gateway_usage_wallet', 'is closed to the gateway: a grant is missing'],
    ])
    expect(findings[0]?.fix).toBe(
      "Run scripts/sql/postgres/usage.sql in the SQL editor of the environment's PostgreSQL (console: PostgreSQL 数据库).",
    )
    const [{ fix = '' } = {}] = await examinePostgres(notReaching, { ...variables, USAGE_TABLE: 'mine' })
    expect(fix).toContain('with mine in place of llm_gateway_usage')
  })
})

test('the tables of USAGE_STORE=rdb cannot be read without a key of the environment', async () => {
  const { CLOUDBASE_APIKEY: _, ...keyless } = variables
  expect(await examinePostgres(notReaching, keyless)).toEqual([
    expect.objectContaining({ level: 'problem', fix: expect.stringContaining('Set CLOUDBASE_APIKEY') }),
  ])
})
