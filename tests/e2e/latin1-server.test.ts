import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type RunningServer, startServer, stopServer } from '../../testing/servers/mariadb.ts'
import { runQuery } from '../../testing/servers/run-query.ts'
import { runVariables } from '../../testing/servers/run-server.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { json, type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

/** Names that latin1 cannot hold, among them characters of four bytes that some collations take for the same. */
const names = ['通义千问-最大', '模型/𠮷野家', '模型/𠮸野家', 'model-🙂', 'model-🙃']

const whole = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: '好' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

let folder: string
let server: RunningServer
let dsn: string
let provider: ScriptedProvider
const functions: StartedFunction[] = []

const runFile = (file: string): Promise<unknown> => runQuery(dsn, readFileSync(`scripts/sql/${file}.sql`, 'utf8'))

const insert = (name: string): Promise<unknown> =>
  runQuery(dsn, 'INSERT INTO llm_gateway_model_map SET ?', [
    { model_name: name, provider: 'openai', api_base: `${provider.url}/v1`, api_key_env: 'A_API_KEY' },
  ])

describeWithDatabase('on a server whose character set is latin1', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latin1-'))
    const program = process.env[runVariables.program] ?? ''
    const words = ['--character-set-server=latin1', '--collation-server=latin1_swedish_ci']
    server = await startServer({ program, folder, guardian: process.pid, words })
    await runQuery(server.dsn, 'CREATE DATABASE gateway')
    dsn = `${server.dsn}/gateway`
    provider = await scriptedProvider(() => json(whole))
  }, 60_000)

  afterAll(async () => {
    for (const { stop } of functions) await stop()
    await provider.close()
    await stopServer(server)
    rmSync(folder, { recursive: true, force: true })
  })

  test('a table of the model map from before holds names in Chinese after its columns are added', async () => {
    await runQuery(
      dsn,
      `CREATE TABLE llm_gateway_model_map (id BIGINT PRIMARY KEY AUTO_INCREMENT, model_name VARCHAR(128) NOT NULL,
        provider VARCHAR(64) NOT NULL, api_base VARCHAR(255) NOT NULL, api_key_env VARCHAR(64) NOT NULL,
        api_key VARCHAR(255), enabled TINYINT(1) NOT NULL DEFAULT 1, UNIQUE KEY uniq_model_name (model_name))`,
    )
    await insert('café')
    await expect(insert('通义千问')).rejects.toThrow()
    for (const _ of [1, 2]) await runFile('model-map-columns')
    await insert('通义千问')
    const rows = await runQuery(dsn, 'SELECT model_name FROM llm_gateway_model_map ORDER BY id')
    expect(rows.map((row) => row['model_name'])).toEqual(['café', '通义千问'])
    await runQuery(dsn, 'DROP TABLE llm_gateway_model_map')
  })

  test('every table that the SQL files create has utf8mb4 in all its texts', async () => {
    for (const file of ['model-map', 'state', 'usage', 'limits', 'wallet']) await runFile(file)
    const rows = await runQuery(
      dsn,
      `SELECT table_name AS t, column_name AS c, character_set_name AS s FROM information_schema.columns
        WHERE table_schema = 'gateway' AND character_set_name IS NOT NULL`,
    )
    expect(rows.length).toBeGreaterThan(30)
    expect(rows.filter((row) => row['s'] !== 'utf8mb4')).toEqual([])
  })

  test('models with names in Chinese are listed, called and recorded', async () => {
    for (const name of names) await insert(name)
    const environment = {
      DISABLE_AUTH: 'true',
      ALLOW_PRIVATE_UPSTREAMS: 'true',
      MYSQL_DSN: dsn,
      A_API_KEY: 'key-of-a',
      USAGE_STORE: 'mysql',
      RATE_LIMIT_PER_MINUTE: '100',
    }
    const models = await startFunction('llm-models', environment)
    const chat = await startFunction('llm-chat-completions', environment)
    functions.push(models, chat)
    const list = (await (await fetch(`${models.url}/v1/models`)).json()) as { data: { id: string }[] }
    expect(list.data.map(({ id }) => id).sort()).toEqual([...names].sort())
    for (const model of names) {
      const body = JSON.stringify({ model, messages: [{ role: 'user', content: '你好' }] })
      const reply = await fetch(`${chat.url}/v1/chat/completions`, { method: 'POST', body })
      expect(reply.status).toBe(200)
      expect(await reply.json()).toMatchObject({ choices: [{ message: { content: '好' } }] })
    }
    const rows = await runQuery(dsn, 'SELECT model, upstream_model FROM llm_gateway_usage')
    expect(rows.map((row) => row['model']).sort()).toEqual([...names].sort())
    expect(rows.every((row) => row['model'] === row['upstream_model'])).toBe(true)
    expect(provider.requests.map(({ body }) => body['model'])).toEqual(names)
  }, 60_000)
})
