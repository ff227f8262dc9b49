import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { flushUsage } from '../../shared/gateway/flush/flush-usage.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'
import { type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { type DeploymentRig, deploymentRig } from '../cloud/deployment-rig.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

const hourMs = 3_600_000
const usage = JSON.stringify({ prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 })

let rig: DeploymentRig
let database: TestDatabase
let webhook: LoopbackServer
let variables: Record<string, string>
const taken: { readonly request_id: string; readonly points: number }[] = []

/** A row as the first version wrote it. */
const insertRow = (id: string, fields: Readonly<Record<string, unknown>>): Promise<unknown> => {
  const now = Date.now()
  const row = {
    ...{ id, mark: id, user_id: 'ann', model: 'm', upstream_model: 'm', provider: 'p' },
    ...{ endpoint: '/v1/chat/completions', prompt_estimate: 7, opened_at: now - hourMs },
    ...{ deadline_at: now - hourMs / 2, day: new Date(now).toISOString().slice(0, 10), ...fields },
  }
  const names = Object.keys(row).map((name) => `\`${name}\``)
  const places = names.map(() => '?').join(', ')
  return database.query(`INSERT INTO llm_gateway_usage (${names.join(', ')}) VALUES (${places})`, Object.values(row))
}

const final = {
  ...{ state: 'final', outcome: 'complete', usage, prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 },
  ...{ points: 3, closed_at: Date.now() - hourMs / 2 },
}

const readRows = () =>
  database.query(
    'SELECT id, state, delivery, user_id, total_tokens, points, `usage` FROM llm_gateway_usage ORDER BY id',
  )

describeWithDatabase('a table with records of the first version', () => {
  beforeAll(async () => {
    database = await testDatabase()
    webhook = await loopbackServer(async (request, response) => {
      let body = ''
      for await (const piece of request) body += piece
      taken.push(JSON.parse(body) as (typeof taken)[number])
      response.end()
    })
    await database.query(readFileSync('tests/fixtures/sql/usage-first-version.sql', 'utf8'))
    await insertRow('a-sent', { ...final, delivery: 'sent' })
    await insertRow('b-pending', { ...final, delivery: 'pending', attempts: 1, next_at: Date.now() - 1 })
    await insertRow('c-open', { state: 'open', delivery: 'none', progress_tokens: 20 })
    rig = await deploymentRig({ MYSQL_DSN: database.dsn, USAGE_STORE: 'mysql', WALLET: 'on' })
    rig.cloud.state.database = (sql) => database.query(sql)
    variables = { ...rig.variables, LOG_LEVEL: 'error', BILLING_WEBHOOK_URL: webhook.url, REMOTE_CONFIG_SOURCE: 'none' }
  }, 120_000)

  afterAll(async () => {
    await rig.close()
    await webhook.close()
  })

  test('gets the columns that came since, and keeps each record as it was', async () => {
    const before = await readRows()
    const { code, output } = await rig.deploy()
    expect(output).toMatch(/usage-columns\.sql: done/)
    expect(code).toBe(0)
    expect(await readRows()).toEqual(before)
    const columns = (await database.query('SHOW COLUMNS FROM llm_gateway_usage')).map((row) => row['Field'])
    expect(columns).toEqual(expect.arrayContaining(['units', 'target', 'target_attempts', 'shortfall', 'safety']))
  }, 240_000)

  test('shows its old records in the report', async () => {
    const env = { ...process.env, LC_ALL: 'C', USAGE_STORE: 'mysql', MYSQL_DSN: database.dsn }
    const words = [...getScriptArguments('scripts/usage/main.ts'), 'report', '--by', 'user']
    const { stdout } = await promisify(execFile)(process.execPath, words, { env })
    expect(stdout).toMatch(/ann +2 .*300/)
  }, 60_000)

  test('has its old records delivered and its orphan closed by the flush, each once', async () => {
    const flush = flushUsage(readConfig(variables), {})
    expect(await flush({}, {})).toMatchObject({ ok: true, orphans: 1, dead: 0 })
    expect(await flush({}, {})).toMatchObject({ ok: true, orphans: 0, delivered: 0, dead: 0 })
    expect(taken.map((record) => record.request_id).sort()).toEqual(['b-pending', 'c-open'])
    expect(taken.find((record) => record.request_id === 'b-pending')?.points).toBe(3)
    expect(await readRows()).toMatchObject([
      { id: 'a-sent', state: 'final', delivery: 'sent', points: 3 },
      { id: 'b-pending', state: 'final', delivery: 'sent', points: 3 },
      { id: 'c-open', state: 'final', delivery: 'sent' },
    ])
  }, 60_000)
})
