import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { flushWallets } from '../../shared/wallet/flush.ts'
import { auditWallet, viewWallet } from '../../shared/wallet/view-wallet.ts'
import { createWallets } from '../../shared/wallet/wallets.ts'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'
import { openWalletStore } from './wallet-stores.ts'

const users = ['ann', 'bob', 'cem']
const recordsOfEach = 4

const waitForRecords = (child: ChildProcessWithoutNullStreams, count: number): Promise<void> =>
  new Promise((resolve, reject) => {
    let written = ''
    child.stdout.on('data', (text: Buffer) => {
      written += text.toString()
      if (written.split('\n').length > count) resolve()
    })
    child.on('exit', () => reject(new Error('The instance ended by itself.')))
  })

describeWithDatabase('instances that are killed', () => {
  test('leave books that one flush makes right: each call is charged by its record, and once (R92)', async () => {
    const database = await testDatabase()
    await database.query('CREATE TABLE records (id VARCHAR(64) PRIMARY KEY, user VARCHAR(64), points INT)')
    const place = { kind: 'mysql', dsn: database.dsn } as const
    let seed = 0
    const start = (): ChildProcessWithoutNullStreams => {
      seed += 1
      const order = JSON.stringify({ place, users, seed })
      return spawn(process.execPath, [...getScriptArguments('tests/wallet/call-process.ts'), order])
    }
    for (let round = 0; round < 4; round++) {
      const children = [start(), start(), start()]
      for (const child of children) {
        await waitForRecords(child, recordsOfEach)
        await sleep(7 * round)
        child.kill('SIGKILL')
        // An instance that ended by itself did so because of an error.
        expect(child.exitCode).toBeNull()
        await once(child, 'exit')
      }
    }

    // All calls must have ended by then, and all grants have expired that do.
    const wallets = createWallets({ store: openWalletStore(place), dailyPoints: 0, now: () => Date.now() + 300_000 })
    const findPoints = async (id: string): Promise<number> =>
      Number((await database.query('SELECT points FROM records WHERE id = ?', [id]))[0]?.['points'] ?? 0)
    await flushWallets({ wallets, findPoints, log: () => undefined, budgetMs: 60_000 })

    const [count] = await database.query('SELECT COUNT(*) AS records, SUM(points) AS points FROM records')
    expect(Number(count?.['records'])).toBeGreaterThanOrEqual(12 * recordsOfEach)
    let charged = 0
    for (const user of users) {
      expect(await auditWallet(wallets, user)).toEqual([])
      const view = await viewWallet(wallets, user, { before: undefined, limit: 100_000 })
      expect([view.reserved, view.balance >= 0]).toEqual([0, true])
      const charges = view.entries.filter(({ kind }) => kind === 'charge')
      expect(new Set(charges.map(({ request_id }) => request_id)).size).toBe(charges.length)
      charged -= charges.reduce((sum, { points }) => sum + points, 0)
    }
    expect(charged).toBe(Number(count?.['points']))
    await wallets.store.end()
  }, 180_000)
})
