import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createHealthDetail } from '../../../shared/gateway/health/health-detail.ts'
import { hasDatabase, type TestDatabase, testDatabase } from '../../../testing/servers/test-database.ts'
import { json } from '../../../testing/stand-ins/provider.ts'
import { describeWithDatabase } from '../../support/describe-with-database.ts'
import { startGuarded } from '../../support/start-guarded.ts'

const execFileAsync = promisify(execFile)
const answer = () => json({ choices: [{ index: 0, message: { content: 'hi' }, finish_reason: 'stop' }] })

describeWithDatabase('the stored words', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stored-words-'))
  let database: TestDatabase
  let environment: Record<string, string>
  beforeAll(async () => {
    if (!hasDatabase) return
    database = await testDatabase()
    const store = { USAGE_STORE: 'mysql', MYSQL_DSN: database.dsn, REMOTE_CONFIG_SOURCE: 'none' }
    environment = { MODERATION: 'words', MODERATION_WORDS: 'store', CONFIG_TTL: '1', ...store }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Runs `npm run words`. Resolves with what it prints. */
  const runTool = (...args: string[]): Promise<string> =>
    execFileAsync(process.execPath, ['--import', 'tsx', 'scripts/words/main.ts', ...args], {
      env: { ...process.env, ...environment },
      maxBuffer: 64 * 1024 * 1024,
    }).then(
      ({ stdout }) => stdout,
      ({ stderr }: { stderr: string }) => stderr,
    )
  const store = (...words: string[]): Promise<string> => {
    writeFileSync(join(folder, 'words.txt'), words.join('\n'))
    return runTool('set', join(folder, 'words.txt'))
  }
  const startAsking = async () => {
    const { client, lines } = await startGuarded('chat/completions', answer, { environment })
    const ask = (content: string): Promise<string> =>
      client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content }] }).then(
        () => 'served',
        ({ code }: { code: string }) => code,
      )
    return { ask, lines }
  }

  test('stop all calls until there are some, and an edit holds for calls that follow within CONFIG_TTL (R122)', async () => {
    const { ask, lines } = await startAsking()
    expect(await ask('hi')).toBe('gateway_misconfigured')
    const help =
      'MODERATION_WORDS=store, but no words are stored. Run npm run words -- set FILE, or unset MODERATION_WORDS.'
    expect(lines).toContainEqual(expect.objectContaining({ event: 'moderation_misconfigured', fields: { help } }))
    expect(
      (await createHealthDetail({ DISABLE_AUTH: 'true', LOG_LEVEL: 'error', ...environment })()).problems,
    ).toContain(help)
    expect(await store('[ads]', 'first word')).toBe('1 word stored.\n')
    while ((await ask('a first word')) !== 'content_policy_violation') await wait(50)
    expect(await ask('hi')).toBe('served')
    const many = Array.from({ length: 30_000 }, (_, index) => `listed-${index}-`)
    expect(await store(...many, 'second word')).toBe('30001 words stored.\n')
    while ((await ask('a second word')) !== 'content_policy_violation') await wait(50)
    expect(await ask('a first word')).toBe('served')
    expect(await runTool('show')).toBe(`${[...many, 'second word'].join('\n')}\n`)
  })

  test('are not replaced by a file that cannot be used', async () => {
    await store('kept')
    expect(await store('x'.repeat(65))).toContain('line 1: a word has at most 64 characters.')
    expect(await runTool('show')).toBe('kept\n')
  })

  test('stay in use if the store fails; without any, calls get a 503', async () => {
    await store('kept')
    const { ask } = await startAsking()
    expect(await ask('kept')).toBe('content_policy_violation')
    await database.query('RENAME TABLE llm_gateway_usage_wallet TO away')
    await database.query('CREATE TABLE llm_gateway_usage_wallet (other INT)')
    try {
      await wait(1_100)
      expect(await ask('kept')).toBe('content_policy_violation')
      const fresh = await startAsking()
      expect(await fresh.ask('hi')).toBe('moderation_unavailable')
      expect(fresh.lines.map(({ event }) => event)).toContain('moderation_unavailable')
    } finally {
      await database.query('DROP TABLE llm_gateway_usage_wallet')
      await database.query('RENAME TABLE away TO llm_gateway_usage_wallet')
    }
  })

  test('need a store that instances share', async () => {
    const { client, lines } = await startGuarded('chat/completions', answer, {
      environment: { MODERATION: 'words', MODERATION_WORDS: 'store' },
    })
    const messages = [{ role: 'user' as const, content: 'hi' }]
    await expect(client.chat.completions.create({ model: 'm', messages })).rejects.toMatchObject({ status: 503 })
    const help = 'MODERATION_WORDS=store needs USAGE_STORE=collection, mysql or rdb.'
    expect(lines).toContainEqual(expect.objectContaining({ fields: { help } }))
  })
})
