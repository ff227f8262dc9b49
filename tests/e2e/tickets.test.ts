import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { functions } from '../../scripts/functions.ts'
import { type LocalGateway, startLocalGateway } from '../../scripts/local/local-gateway.ts'
import { requireFullRun } from '../../testing/servers/full-run.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'

const secret = 'the-ticket-secret-of-the-test-0123456789'
const needed = ['llm-chat-completions', 'llm-models', 'llm-usage', 'llm-ticket']

const completion = {
  id: 'a',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: '你好' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

let auth: CloudBaseAuth
let provider: ScriptedProvider
let gateway: LocalGateway
const output: string[] = []

beforeAll(async () => {
  requireFullRun()
  auth = await startCloudBaseAuth()
  provider = await scriptedProvider(() => ({
    headers: { 'content-type': 'application/json' },
    body: [JSON.stringify(completion)],
  }))
  const entry = { provider: 'openai', api_base: `${provider.url}/v1`, api_key: 'sk-test-0123456789abcdef' }
  const terminal = { out: (line: string) => void output.push(line), error: (line: string) => void output.push(line) }
  gateway = await startLocalGateway({
    distribution: resolve('dist/functions'),
    functions: functions.filter(({ name }) => needed.includes(name)),
    environment: {
      PATH: process.env['PATH'],
      ...auth.environment,
      TICKET_SECRET: `${secret},an-older-secret-of-the-test-0123456789`,
      DENIED_USERS: 'wx:wxapp1:oDenied',
      ALLOW_PRIVATE_UPSTREAMS: 'true',
      MODEL_PROVIDER_MAP: JSON.stringify({ m: entry, ours: { ...entry, allowed_groups: ['wx:wxapp2'] } }),
      MODEL_PROVIDER_MAP_FILE: '',
    },
    host: '127.0.0.1',
    port: 0,
    terminal,
  })
}, 60_000)

afterAll(async () => {
  await gateway.close()
  await provider.close()
  await auth.close()
})

/** What `wx.cloud.callFunction` gives a mini program. */
const callFunction = async (openId: string, appId = 'wxapp1') =>
  (await gateway.invoke('llm-ticket', {}, { environment: JSON.stringify({ WX_OPENID: openId, WX_APPID: appId }) })) as {
    ok: boolean
    token: string
    expires_in: number
  }

const chat = async (headers: Record<string, string>, model = 'm') => {
  const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: '你好' }] }),
  })
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
}

describe('a mini-program user', () => {
  test('gets a ticket from the event function, and calls every endpoint of users with it', async () => {
    const { ok, token, expires_in } = await callFunction('oUser1')
    expect({ ok, expires_in }).toEqual({ ok: true, expires_in: 300 })
    expect((await chat({ 'x-gateway-token': token })).status).toBe(200)
    expect((await chat({ authorization: `Bearer ${token}` })).status).toBe(200)
    const models = await fetch(`${gateway.url}/v1/models`, { headers: { 'x-gateway-token': token } })
    expect(models.status).toBe(200)
    expect(output.join('\n')).not.toContain(token)
  })

  test('is refused if DENIED_USERS names the id', async () => {
    const { token } = await callFunction('oDenied')
    expect(await chat({ 'x-gateway-token': token })).toMatchObject({
      status: 403,
      body: { code: 'PERMISSION_DENIED' },
    })
  })

  test('is in the group of the mini program, which opens models', async () => {
    const { token } = await callFunction('oUser1', 'wxapp2')
    expect((await chat({ 'x-gateway-token': token }, 'ours')).status).toBe(200)
    const other = await callFunction('oUser1')
    expect((await chat({ 'x-gateway-token': other.token }, 'ours')).status).toBe(403)
  })

  test('is not named by headers (R98)', async () => {
    const headers = { 'x-wx-openid': 'oUser1', 'x-wx-appid': 'wxapp1', 'x-wx-source': 'wx_client' }
    expect(await chat(headers)).toMatchObject({ status: 401, body: { code: 'MISSING_CREDENTIALS' } })
  })

  test('gets no ticket over HTTP: no path leads to the function', async () => {
    for (const path of ['/ticket', '/v1/ticket', '/llm-ticket', '/v1/tickets']) {
      const reply = await fetch(gateway.url + path, {
        method: 'POST',
        headers: { 'x-wx-openid': 'oUser1' },
        body: '{}',
      })
      expect(reply.status).toBe(404)
    }
  })
})

describe('the secrets', () => {
  test('are in no log line, alone or together', () => {
    expect(output.join('\n')).not.toContain('the-ticket-secret')
    expect(output.join('\n')).not.toContain('an-older-secret')
  })
})
