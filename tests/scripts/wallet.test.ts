import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'
import { type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

let database: TestDatabase

interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const execute = (args: readonly string[], env: NodeJS.ProcessEnv, cwd = '.'): Promise<Run> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [...getScriptArguments('scripts/wallet/main.ts'), ...args],
      { env: { PATH: process.env['PATH'], LC_ALL: 'C', REMOTE_CONFIG_SOURCE: 'none', ...env }, cwd },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })

const run = (...args: string[]): Promise<Run> => execute(args, { USAGE_STORE: 'mysql', MYSQL_DSN: database.dsn })

test('npm run wallet works on the wallets of npm run dev if no store is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wallet-tool-'))
  expect(await execute(['grant', 'local', '500', '--key', 'gift'], {}, folder)).toMatchObject({ code: 0, stderr: '' })
  expect(await execute(['audit'], {}, folder)).toMatchObject({
    stdout: '1 wallets were examined. 0 problems were found.\n',
  })
  expect(readdirSync(join(folder, '.local'))).toEqual(['usage.wallet.jsonl'])
  rmSync(folder, { recursive: true })
}, 120_000)

describeWithDatabase('npm run wallet', () => {
  beforeAll(async () => {
    database = await testDatabase()
  })

  test('grants once a key, shows, revokes, and proves the books', async () => {
    const grant = ['grant', 'ann', '50', '--key', 'order-1', '--reason', 'gift', '--expires', '2999-01-01']
    for (let time = 0; time < 2; time++)
      expect(await run(...grant)).toEqual({
        code: 0,
        stdout: '50 points were granted under the key order-1. The balance was 50 then.\n',
        stderr: '',
      })
    expect(JSON.parse((await run('show', 'ann')).stdout)).toMatchObject({
      balance: 50,
      grants: [{ id: 'order-1', reason: 'gift', expires_at: Date.UTC(2998, 11, 31, 16) / 1000 }],
    })
    expect((await run('revoke', 'order-1')).stdout).toBe(
      '50 points were taken back, 0 had been spent. The balance was 0 then.\n',
    )
    expect(await run('audit')).toMatchObject({ code: 0, stdout: '1 wallets were examined. 0 problems were found.\n' })
  }, 120_000)

  test('makes another id share the wallet of a user', async () => {
    await run('grant', 'wx:app:cat', '50', '--key', 'order-3')
    expect(await run('alias', 'wx:app:cat', 'cat')).toEqual({
      code: 0,
      stdout: 'wx:app:cat shares the wallet of cat. The balance was 50 then.\n',
      stderr: '',
    })
    expect(JSON.parse((await run('show', 'cat')).stdout)).toMatchObject({ balance: 50 })
    expect(await run('alias', 'wx:app:cat', 'dog')).toMatchObject({ code: 1, stderr: expect.stringMatching(/alias/) })
  }, 120_000)

  test('names the problems of a wallet whose books are wrong, and exits with 1', async () => {
    await run('grant', 'bob', '50', '--key', 'order-2')
    const [{ data } = { data: '' }] = await database.query(
      "SELECT data FROM llm_gateway_usage_wallet WHERE id = 'wallet:bob'",
    )
    const state = JSON.parse(data)
    state.grants[0].left += 5
    await database.query("UPDATE llm_gateway_usage_wallet SET data = ? WHERE id = 'wallet:bob'", [
      JSON.stringify(state),
    ])
    expect(await run('audit', 'bob')).toMatchObject({
      code: 1,
      stdout:
        'bob: The balance is 55, and its entries add up to 50.\n1 wallets were examined. 1 problems were found.\n',
    })
  }, 120_000)

  test('says what is wrong with an argument', async () => {
    expect(await run('grant', 'ann')).toMatchObject({ code: 2, stderr: expect.stringMatching(/POINTS/) })
    expect(await run('grant', 'ann', 'many')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/'points' must be/),
    })
    expect(await run('revoke', 'order-9')).toMatchObject({ code: 1, stderr: 'There is no grant with this key.\n' })
  }, 120_000)
})
