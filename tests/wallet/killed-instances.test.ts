import { type ChildProcess, spawn } from 'node:child_process'
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

describeWithDatabase('instances that are killed', () => {
  test('leave books that one flush makes right: each call is charged by its record, and once (R92)', async () => {
    const database = await testDatabase()
    await database.query('CREATE TABLE records (id VARCHAR(64) PRIMARY KEY, user VARCHAR(64), points INT)')
    const place = { kind: 'mysql', dsn: database.dsn } as const
    let seed = 0
    const start = async (): Promise<ChildProcess> => {
      seed += 1
      const order = JSON.stringify({ place, users, seed })
      const child = spawn(process.execPath, [...getScriptArguments('tests/wallet/call-process.ts'), order])
      await once(child.stdout, 'data')
      return child
    }
    for (let round = 0; round < 4; round++) {
      const children = await Promise.all([start(), start(), start()])
      for (const child of children) {
        await sleep(150 + 90 * round)
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
    expect(Number(count?.['records'])).toBeGreaterThan(20)
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
