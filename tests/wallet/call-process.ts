/** Makes calls of several users for ever, as one instance does: holds points, writes the record, settles. It is killed at any step.
 *  Writes a line for each record. */
import { randomUUID } from 'node:crypto'
import { createMysql } from '../../shared/drivers/mysql.ts'
import { isGatewayError } from '../../shared/protocol/errors.ts'
import { grantPoints } from '../../shared/wallet/grants.ts'
import { createWallets } from '../../shared/wallet/wallets.ts'
import { createLogin } from '../support/create-login.ts'
import { openWalletStore, repeat } from './wallet-stores.ts'

const { place, users, seed } = JSON.parse(process.argv[2] ?? '{}')
const wallets = createWallets({ store: openWalletStore(place), dailyPoints: 5 })
const records = createMysql({ login: createLogin(place.dsn), poolMin: 1, poolMax: 2 })
let state = seed as number
const random = (below: number): number => {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
  return Math.floor((state / 2_147_483_648) * below)
}

/** A grant may expire before it is given. */
const ignoreExpired = (error: unknown): void => {
  if (!isGatewayError(error) || error.code !== 'invalid_value') throw error
}

const call = async (): Promise<void> => {
  const user = users[random(users.length)] as string
  const id = randomUUID()
  if (random(4) === 0) {
    const expires_at = random(2) === 0 ? null : Date.now() + random(1_500)
    const request = { user_id: user, points: 1 + random(90), key: id, reason: 'chaos', expires_at }
    await repeat(() => grantPoints(wallets, request)).catch(ignoreExpired)
    return
  }
  const points = 1 + random(20)
  const hold = await repeat(() => wallets.reserve({ user, id, points, maxMs: 1_000 }))
  if (!('settle' in hold)) return
  const cost = random(points + 1)
  await records.runAgain({ sql: 'INSERT IGNORE INTO records VALUES (?, ?, ?)', values: [id, user, cost] })
  process.stdout.write('recorded\n')
  await repeat(() => hold.settle(cost))
}

const worker = async (): Promise<never> => {
  for (;;) await call()
}

await Promise.all([worker(), worker(), worker(), worker()])
