import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI from 'openai'
import { serveWallet } from '../../shared/gateway/account/serve-wallet.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import type { Handler } from '../../shared/http/request.ts'
import { serve } from '../../shared/http/server.ts'
import { waitForListening } from '../../testing/servers/loopback-server.ts'
import { json, type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { captureLog } from '../support/capture-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'local-wallet-'))
const cleanups: (() => Promise<void>)[] = []
const adminKey = 'admin-key-of-a-test-0123456789'
const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello' }] }

let provider: ScriptedProvider
let variables: Record<string, string>
let client: OpenAI
let walletUrl: string

/** Starts one function on loopback, as a process of its own reads the variables. */
const start = async (make: (config: ReturnType<typeof readConfig>) => Handler): Promise<string> => {
  const config = readConfig(variables)
  const server = { ...config.server, host: '127.0.0.1', port: 0, log: captureLog().log }
  const { url, close } = await waitForListening(serve(make({ ...config, server }), server))
  cleanups.push(close)
  return url
}

const callWallet = async (path: string, body?: object) => {
  const request = { method: 'POST', headers: { 'x-gateway-key': adminKey }, body: JSON.stringify(body) }
  const response = await fetch(walletUrl + path, body && request)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

beforeAll(async () => {
  const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }]
  const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
  provider = await scriptedProvider(() => json({ choices, usage }))
  cleanups.push(provider.close)
  variables = {
    LOG_LEVEL: 'error',
    DISABLE_AUTH: 'true',
    GATEWAY_ADMIN_KEY: adminKey,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    REMOTE_CONFIG_SOURCE: 'none',
    USAGE_STORE: 'file',
    USAGE_FILE: join(folder, 'usage.jsonl'),
    WALLET: 'on',
    POINTS_PER_1K_TOKENS: '100',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1`, max_tokens: 100 } }),
  }
  client = new OpenAI({
    baseURL: `${await start((config) => relay('chat/completions', config, serveText))}/v1`,
    apiKey: 'x',
  })
  walletUrl = await start(serveWallet)
})

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
  rmSync(folder, { recursive: true })
})

describe('wallets in a file, with authentication off', () => {
  test('are one wallet, that of local: without points a call is a 402, with points it is charged (R216)', async () => {
    await expect(client.chat.completions.create(ask)).rejects.toMatchObject({ status: 402, code: 'insufficient_quota' })
    expect(provider.requests).toHaveLength(0)
    const grant = { user_id: 'local', points: 100, key: 'gift-1' }
    expect(await callWallet('/admin/wallet/grant', grant)).toEqual({
      status: 200,
      body: { granted: 100, balance: 100 },
    })
    const { response } = await client.chat.completions.create(ask).withResponse()
    expect([response.headers.get('x-points-charged'), response.headers.get('x-points-balance')]).toEqual(['3', '97'])
    expect((await callWallet('/v1/wallet')).body).toMatchObject({
      balance: 97,
      reserved: 0,
      entries: [
        { kind: 'charge', points: -3 },
        { kind: 'grant', points: 100 },
      ],
    })
    expect((await callWallet('/admin/wallet/revoke', { key: 'gift-1' })).body).toEqual({
      revoked: 97,
      spent: 3,
      balance: 0,
    })
  })
})
