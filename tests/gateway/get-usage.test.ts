import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { getUsage } from '../../shared/gateway/account/get-usage.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { serve } from '../../shared/http/server.ts'
import { fileStore } from '../../shared/usage/store/file/file-store.ts'
import { toFinalFields, toOpenRow, type UsageRow } from '../../shared/usage/store/row.ts'
import type { UserUsage } from '../../shared/usage/user-usage.ts'
import { type LoopbackServer, loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import { captureLog } from '../support/capture-log.ts'
import { makeOpening } from '../support/make-opening.ts'

const dayMs = 86_400_000
const cleanups: (() => Promise<void>)[] = []
let path: string
let authService: LoopbackServer

const makeRow = (number: number, user: string | null, closedAt: number): UsageRow => {
  const usage = { prompt_tokens: number, completion_tokens: 1, total_tokens: number + 1 }
  const opening = makeOpening({
    requestId: `request-${number}`,
    userId: user,
    model: number % 2 === 0 ? 'even' : 'odd',
  })
  const closing = { outcome: 'complete', usage, estimated: false, latencyMs: 1, ttftMs: 1 } as const
  const final = toFinalFields(closing, { points: number, costNanoYuan: null }, closedAt)
  return { ...toOpenRow(opening, { now: closedAt, maxMs: 1, written: true }), ...final }
}

const usageServer = async (environment: Record<string, string>): Promise<string> => {
  const config = readConfig({ LOG_LEVEL: 'error', ...environment })
  const { log } = captureLog()
  const server = { ...config.server, host: '127.0.0.1', port: 0, log }
  const { url, close } = await waitForListening(serve(getUsage({ ...config, server }), server))
  cleanups.push(close)
  return `${url}/v1/usage`
}

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'own-usage-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  path = join(folder, 'usage.jsonl')
  authService = await loopbackServer((request, response) => {
    const user = /^Bearer token-of-(\w+)$/.exec(request.headers.authorization ?? '')?.[1]
    response.setHeader('content-type', 'application/json')
    if (user) response.end(JSON.stringify({ sub: user, name: user }))
    else response.writeHead(401).end(JSON.stringify({ error: 'unauthenticated', error_code: 16 }))
  })
  cleanups.push(authService.close)
  const store = fileStore(path)
  const now = Date.now()
  for (let number = 1; number <= 25; number++) await store.insert([makeRow(number, 'ann', now - number)])
  await store.insert([makeRow(30, 'ann', now - 40 * dayMs)])
  await store.insert([makeRow(31, 'bob', now - 31)])
  await store.insert([makeRow(32, null, now - 32)])
  await store.insert([{ ...makeRow(33, 'ann', now - 33), state: 'void' }])
})

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

const asUser = async (url: string, user?: string): Promise<Response> =>
  fetch(url, user ? { headers: { authorization: `Bearer token-of-${user}` } } : {})

const read = async (url: string, user?: string): Promise<UserUsage> =>
  (await asUser(url, user)).json() as Promise<UserUsage>

const adminKey = 'a-key-of-the-administrator-0123456789'

const authenticated = (more: Record<string, string> = {}): Promise<string> =>
  usageServer({
    ...more,
    USAGE_STORE: 'file',
    USAGE_FILE: path,
    AUTH_MODE: 'remote',
    CLOUDBASE_ENV_ID: 'env',
    CLOUDBASE_AUTH_ORIGIN: authService.url,
  })

describe('GET /v1/usage', () => {
  test("returns a user's own totals by day and model, and own last records, newest first", async () => {
    const body = await read(await authenticated(), 'ann')
    expect(body.object).toBe('usage')
    const sum = (field: 'requests' | 'points' | 'prompt_tokens' | 'total_tokens'): number =>
      body.totals.reduce((total, row) => total + row[field], 0)
    expect([sum('requests'), sum('points'), sum('prompt_tokens'), sum('total_tokens')]).toEqual([25, 325, 325, 350])
    expect(new Set(body.totals.map(({ model }) => model))).toEqual(new Set(['even', 'odd']))
    expect(body.records.map((record) => record.request_id).slice(0, 3)).toEqual(['request-1', 'request-2', 'request-3'])
    expect(body.records).toHaveLength(20)
    expect(body.records.every((record) => record.user_id === 'ann')).toBe(true)
  })

  test('never returns records of another user', async () => {
    const url = await authenticated()
    const body = await read(`${url}?user_id=ann`, 'bob')
    expect(body.records.map((record) => record.request_id)).toEqual(['request-31'])
    expect(body.totals).toHaveLength(1)
    expect((await asUser(url)).status).toBe(401)
  })

  test('tells an end user nothing of targets and of what they charge, and tells the administrator', async () => {
    const attempts = [{ target: 'chat/A_API_KEY', status: 200, error: null, ms: 1 }]
    const fields = { target: 'chat/A_API_KEY', target_attempts: JSON.stringify(attempts), cost_nano: 5_000_000 }
    const closedAt = Date.now()
    await fileStore(path).insert([
      { ...makeRow(40, 'carl', closedAt), ...fields },
      { ...makeRow(41, 'admin', closedAt), ...fields },
    ])
    const url = await authenticated({ GATEWAY_ADMIN_KEY: adminKey })
    const [own] = (await read(url, 'carl')).records
    expect(own?.metadata).toMatchObject({ outcome: 'complete' })
    expect(own?.metadata).not.toHaveProperty('cost_cny')
    expect(JSON.stringify(own)).not.toMatch(/target|attempts|A_API_KEY/)
    const reply = await fetch(url, { headers: { 'x-gateway-key': adminKey } })
    const { records } = (await reply.json()) as UserUsage
    expect(records[0]?.metadata).toMatchObject({ target: 'chat/A_API_KEY', attempts, cost_cny: '0.005' })
  })

  test('returns every record once, page by page, while new ones are written', async () => {
    const url = await authenticated()
    const ids: string[] = []
    let next: string | null = null
    do {
      const page: UserUsage = await read(`${url}?limit=10${next ? `&after=${next}` : ''}`, 'ann')
      ids.push(...page.records.map((record) => record.request_id))
      next = page.next
      await fileStore(path).insert([makeRow(100 + ids.length, 'ann', Date.now() + dayMs)])
    } while (next)
    expect(ids).toHaveLength(26)
    expect(new Set(ids).size).toBe(26)
  })

  test('counts the requested days', async () => {
    const body = await read(`${await authenticated()}?from=2020-01-01&to=2020-12-31`, 'ann')
    expect(body).toMatchObject({ from: '2020-01-01', to: '2020-12-31', totals: [] })
  })

  test('rejects a range with more totals than it can return, and returns none of them', async () => {
    const store = fileStore(path)
    const day = '2019-05-05'
    const rows = Array.from({ length: 1_000 }, (_, number) => ({ ...makeRow(1_000 + number, 'eve', 1), day }))
    await Promise.all(rows.map((row) => store.insert([{ ...row, model: row.id }])))
    const reply = await asUser(`${await authenticated()}?from=${day}&to=${day}`, 'eve')
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({ error: { code: 'invalid_value', param: 'from' } })
  })

  test('starts thirty days before a last day that is long ago', async () => {
    const reply = await asUser(`${await authenticated()}?to=2020-01-30`, 'ann')
    expect(reply.status).toBe(200)
  })

  test.each([
    ['from=2026-11-30&to=2026-11-01', 'from'],
    ['from=9999-01-01', 'from'],
    ['from=yesterday', 'from'],
    ['to=2026-13-01', 'to'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1.5', 'limit'],
    ['after=1;DROP', 'after'],
  ])('rejects %s with 400 and names the parameter', async (query, param) => {
    const reply = await asUser(`${await authenticated()}?${query}`, 'ann')
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({ error: { code: 'invalid_value', param } })
  })

  test('returns the records without a user if authentication is off', async () => {
    const body = await read(await usageServer({ USAGE_STORE: 'file', USAGE_FILE: path, DISABLE_AUTH: 'true' }))
    expect(body.records.map((record) => record.request_id)).toEqual(['request-32'])
  })

  test('is a 503 if usage is not stored, or the store does not respond', async () => {
    for (const environment of [
      { USAGE_STORE: 'none' },
      { USAGE_STORE: 'mysql', MYSQL_DSN: 'mysql://u:p@127.0.0.1:1/db' },
    ]) {
      const reply = await asUser(await usageServer({ DISABLE_AUTH: 'true', ...environment }))
      expect(reply.status).toBe(503)
      expect(await reply.json()).toMatchObject({ error: { code: 'usage_unavailable' } })
    }
  })
})
