import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createTicket } from '../../shared/auth/ticket.ts'
import { createMysql } from '../../shared/drivers/mysql.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import { serve } from '../../shared/http/server.ts'
import { waitForListening } from '../../testing/servers/loopback-server.ts'
import { hasDatabase, type TestDatabase, testDatabase } from '../../testing/servers/test-database.ts'
import { json, type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { createLogin } from '../support/create-login.ts'
import { describeWithDatabase } from '../support/describe-with-database.ts'

const secret = 'the-ticket-secret-of-the-test-0123456789'
const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }]

const cleanups: (() => Promise<void>)[] = []
let provider: ScriptedProvider
let database: TestDatabase

beforeAll(async () => {
  if (!hasDatabase) return
  database = await testDatabase()
  provider = await scriptedProvider(() => json({ choices, usage }))
  cleanups.push(provider.close)
})

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
  if (database) await createMysql({ login: createLogin(database.dsn), poolMin: 0, poolMax: 1 }).end()
})

/** Starts the chat function with these variables. Returns a call by a mini-program user, which resolves with status and code. */
const startChat = async (variables: Record<string, string>): Promise<(openId: string) => Promise<string>> => {
  const config = readConfig({
    LOG_LEVEL: 'error',
    CLOUDBASE_ENV_ID: 'env-1',
    TICKET_SECRET: secret,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    REMOTE_CONFIG_SOURCE: 'none',
    MYSQL_DSN: database.dsn,
    USAGE_STORE: 'mysql',
    POINTS_PER_1K_TOKENS: '1000',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1`, max_tokens: 100 } }),
    ...variables,
  })
  const server = { ...config.server, host: '127.0.0.1', port: 0 }
  const { url, close } = await waitForListening(
    serve(relay('chat/completions', { ...config, server }, serveText), server),
  )
  cleanups.push(close)
  return async (openId) => {
    const token = createTicket({ appId: 'wxapp1', openId }, { secrets: [secret], envId: 'env-1' }, Date.now())
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] })
    const reply = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-gateway-token': token },
      body,
    })
    const { code } = (await reply.json()) as { code?: string }
    return code === undefined ? String(reply.status) : `${reply.status} ${code}`
  }
}

describeWithDatabase('users of mini programs', () => {
  test('each have the quotas of a user (R98)', async () => {
    const quota = { name: 'daily', unit: 'requests', window: 'day', per: 'user', limit: 1 }
    const call = await startChat({ QUOTAS: JSON.stringify([quota]) })
    expect([await call('oA'), await call('oA'), await call('oB')]).toEqual(['200', '429 QUOTA_EXCEEDED', '200'])
  })

  test('each have a wallet (R98)', async () => {
    expect(await (await startChat({ WALLET: 'on' }))('oPoor')).toBe('402 INSUFFICIENT_QUOTA')
    expect(await (await startChat({ WALLET: 'on', DAILY_POINTS: '100000' }))('oRich')).toBe('200')
    const rows = await database.query('SELECT id FROM llm_gateway_usage_wallet')
    expect(JSON.stringify(rows)).toContain('wx:wxapp1:oRich')
  })
})
