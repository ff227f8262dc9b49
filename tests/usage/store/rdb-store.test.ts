import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { getUsage } from '../../../shared/gateway/account/get-usage.ts'
import { readConfig } from '../../../shared/gateway/config/config.ts'
import { relay } from '../../../shared/gateway/relay/relay.ts'
import { serveText } from '../../../shared/gateway/relay/serve-text.ts'
import { serve } from '../../../shared/http/server.ts'
import { createRateLimiter } from '../../../shared/limits/limiter.ts'
import { rdbLimitStore } from '../../../shared/limits/rdb-limit-store.ts'
import { transition } from '../../../shared/usage/ledger/transition.ts'
import { usageColumns } from '../../../shared/usage/store/mysql/table.ts'
import { rdbStore } from '../../../shared/usage/store/rdb-store.ts'
import { toOpenRow, type UsageRow } from '../../../shared/usage/store/row.ts'
import { loopbackServer, waitForListening } from '../../../testing/servers/loopback-server.ts'
import { serviceKey } from '../../../testing/stand-ins/postgres-api.ts'
import { describeWithPostgres } from '../../support/describe-with-postgres.ts'
import { makeOpening } from '../../support/make-opening.ts'
import { longTimeouts, rdbAccess, startRdb } from './stores.ts'

const completion = JSON.stringify({
  ...{ id: 'a', object: 'chat.completion', created: 1, model: 'm' },
  choices: [{ index: 0, message: { role: 'assistant', content: '好' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 34, total_tokens: 46 },
})

const createRow = (fields: Partial<UsageRow> = {}): UsageRow => ({
  ...toOpenRow(makeOpening({ requestId: randomUUID() }), { now: 1_000, maxMs: 1, written: true }),
  ...fields,
})

describeWithPostgres('records in PostgreSQL, over HTTPS', () => {
  let rdb: Awaited<ReturnType<typeof startRdb>>
  const options = { ...rdbAccess, table: 'llm_gateway_usage', ...longTimeouts }
  beforeAll(async () => {
    rdb = await startRdb()
  }, 120_000)
  afterAll(() => rdb.close())

  test('have the columns of every store', async () => {
    const sql = `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'llm_gateway_usage'`
    expect((await rdb.query(sql)).map(({ name }) => name).sort()).toEqual([...usageColumns].sort())
  })

  test.each([1, 2])('keep a transition single if its reply is lost (%d lost) (R29)', async (count) => {
    const store = rdbStore(options)
    const row = createRow()
    await store.insert([row])
    rdb.loseReplies(count)
    const mark = await transition(store, row.id, { when: { state: 'open' }, set: { state: 'void' } }, 10_000)
    expect(mark).toBeDefined()
    expect(await store.read(row.id)).toMatchObject({ state: 'void', mark })
    expect(
      await transition(store, row.id, { when: { state: 'open' }, set: { state: 'final' } }, 10_000),
    ).toBeUndefined()
  })

  test('keep any text as it is', async () => {
    const store = rdbStore(options)
    const text = `用户's "a"\\,(b).eq.%&?#=+`
    const row = createRow({ user_id: text, client_request_id: text, usage: JSON.stringify({ text }) })
    await store.insert([row])
    expect(await store.change([row.id], { user_id: text }, { mark: 'm' })).toBe(1)
    expect(await store.read(row.id)).toEqual({ ...row, mark: 'm' })
  })

  test('can be read by their own user, and written by none', async () => {
    const mine = createRow({ user_id: 'user-a', state: 'final' })
    await rdbStore(options).insert([mine, createRow({ user_id: 'user-b', state: 'final' })])
    const asUser = rdbStore({ ...options, credentials: { accessKey: 'user-a' } })
    const query = {
      equal: { state: 'final' },
      atMost: { field: 'deadline_at', value: 9_999 },
      order: 'ascending',
    } as const
    expect((await asUser.find({ ...query, limit: 100 })).map(({ id }) => id)).toEqual([mine.id])
    await expect(asUser.insert([createRow({ user_id: 'user-a' })])).rejects.toThrow('403')
    await expect(asUser.change([mine.id], {}, { points: 0, mark: 'x' })).rejects.toThrow('403')
    await expect(asUser.totals({ by: [], from: '1970-01-01', to: '2030-01-01' })).rejects.toThrow('403')
    const limits = rdbLimitStore({ perMinute: 1, concurrent: 0 }, { ...options, credentials: { accessKey: 'user-a' } })
    await expect(limits.read('user-a')).rejects.toThrow('403')
  })

  test('say what to run if the table is missing', async () => {
    const store = rdbStore({ ...options, table: 'nowhere' })
    await expect(store.read('r')).rejects.toThrow('scripts/sql/postgres')
  })

  test('are written by the gateway before and after each reply, and read by its user', async () => {
    const provider = await loopbackServer((request, response) => {
      request.resume().once('end', () => response.setHeader('content-type', 'application/json').end(completion))
    })
    const environment = {
      ...{ USAGE_STORE: 'rdb', CLOUDBASE_ENV_ID: 'test-env', CLOUDBASE_APIKEY: serviceKey, RATE_LIMIT_PER_MINUTE: '9' },
      ...{ DISABLE_AUTH: 'true', ALLOW_PRIVATE_UPSTREAMS: 'true', LOG_LEVEL: 'error' },
      MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1` } }),
    }
    const config = readConfig(environment)
    const server = { ...config.server, host: '127.0.0.1', port: 0 }
    const chat = await waitForListening(serve(relay('chat/completions', { ...config, server }, serveText), server))
    const usage = await waitForListening(serve(getUsage({ ...config, server }), server))
    try {
      const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: '你好' }] })
      const reply = await fetch(`${chat.url}/v1/chat/completions`, { method: 'POST', body })
      expect(reply.status).toBe(200)
      const own = (await (await fetch(`${usage.url}/v1/usage`)).json()) as { records: unknown[]; totals: unknown[] }
      const metadata = expect.objectContaining({ outcome: 'complete', units: { input: 12, output: 34 } })
      expect(own.records).toEqual([expect.objectContaining({ model: 'm', metadata })])
      expect(own.totals).toEqual([expect.objectContaining({ model: 'm', requests: 1, total_tokens: 46 })])
    } finally {
      await Promise.all([chat.close(), usage.close(), provider.close()])
    }
  }, 60_000)

  test('never multiply a limit by the number of instances, though replies are lost', async () => {
    const bounds = { perMinute: 8, concurrent: 0 }
    const events: string[] = []
    const limiters = Array.from({ length: 4 }, () => {
      const shared = rdbLimitStore(bounds, options)
      return createRateLimiter({ bounds, leaseMs: 60_000, shared, log: (_, event) => void events.push(event) })
    })
    rdb.loseReplies(3)
    const user = { id: 'busy', kind: 'user', groups: [] } as const
    const tries = limiters.flatMap((limiter) =>
      Array.from({ length: 6 }, () => limiter.acquire({ user, weight: 1, requestId: 'r' })),
    )
    const accepted = (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length
    expect({ accepted, events }).toEqual({ accepted: 8, events: [] })
  }, 60_000)
})
