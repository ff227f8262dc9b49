import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { serveWallet } from '../../shared/gateway/account/serve-wallet.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { serve } from '../../shared/http/server.ts'
import { waitForListening } from '../../testing/servers/loopback-server.ts'
import { testDatabase } from '../../testing/servers/test-database.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

interface Example {
  readonly grantOrder: (order: object, paidFen: number) => Promise<{ granted: number; balance: number }>
  readonly revokeOrder: (order: object) => Promise<object>
}

const { grantOrder, revokeOrder } = createRequire(import.meta.url)('../../examples/payment/grant-points.js') as Example
const order = { outTradeNo: 'order-2026-1', userId: 'ann', packageId: 'points-1000' }

describeWithDatabase('examples/payment', () => {
  let close: () => Promise<void>

  beforeAll(async () => {
    const { dsn } = await testDatabase()
    const key = 'admin-key-of-a-test-0123456789'
    const config = readConfig({
      ...{ LOG_LEVEL: 'error', DISABLE_AUTH: 'true', GATEWAY_ADMIN_KEY: key, REMOTE_CONFIG_SOURCE: 'none' },
      ...{ MYSQL_DSN: dsn, MYSQL_POOL_MIN: '0', USAGE_STORE: 'mysql', WALLET: 'on' },
    })
    const server = { ...config.server, host: '127.0.0.1', port: 0 }
    const listening = await waitForListening(serve(serveWallet({ ...config, server }), server))
    close = listening.close
    Object.assign(process.env, { GATEWAY_URL: listening.url, GATEWAY_ADMIN_KEY: key })
  })

  afterAll(() => close())

  test('grants the points of an order once, although its callback comes 15 times', async () => {
    const replies: object[] = []
    for (let time = 0; time < 15; time++) replies.push(await grantOrder(order, 990))
    expect(new Set(replies.map((reply) => JSON.stringify(reply)))).toEqual(new Set(['{"granted":1000,"balance":1000}']))
  })

  test.each<[unknown, unknown]>([
    ['points-1000', 1],
    ['points-1000', '990'],
    ['points-1000', Number.NaN],
    ['points-1000', undefined],
    ['points-9', 990],
    ['__proto__', undefined],
    ['constructor', undefined],
    [undefined, undefined],
  ])('refuses an order of %p that was paid with %p, and asks for no grant', (packageId, paidFen) => {
    const forged = { ...order, outTradeNo: 'forged', packageId }
    expect(() => grantOrder(forged, paidFen as number)).toThrow('not its price')
  })

  test('takes the points of a refunded order back, once', async () => {
    expect(await revokeOrder(order)).toEqual({ revoked: 1000, spent: 0, balance: 0 })
    expect(await revokeOrder(order)).toEqual({ revoked: 1000, spent: 0, balance: 0 })
  })

  test('fails if the wallet cannot be reached, so that the callback is repeated', async () => {
    process.env['GATEWAY_ADMIN_KEY'] = 'wrong'
    await expect(grantOrder(order, 990)).rejects.toThrow('The wallet replied 401')
  })
})
