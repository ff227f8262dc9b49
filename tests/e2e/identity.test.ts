import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'

const adminKey = 'the-admin-key-of-the-test'
const folder = mkdtempSync(join(tmpdir(), 'identity-'))
const usageFile = join(folder, 'usage.jsonl')

let auth: CloudBaseAuth
let provider: LoopbackServer
let gateway: StartedFunction
const forwarded: Record<string, unknown>[] = []

const answer = JSON.stringify({
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})

beforeAll(async () => {
  auth = await startCloudBaseAuth()
  provider = await loopbackServer((request, response) => {
    let body = ''
    request.on('data', (piece: Buffer) => (body += piece.toString()))
    request.once('end', () => {
      forwarded.push(JSON.parse(body) as Record<string, unknown>)
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
    })
  })
  const api_base = `${provider.url}/v1`
  gateway = await startFunction('llm-chat-completions', {
    ...auth.recommendedEnvironment,
    GATEWAY_ADMIN_KEY: adminKey,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base }, staff: { api_base, allowed_groups: ['staff'] } }),
    MODEL_PROVIDER_MAP_FILE: '',
    USAGE_STORE: 'file',
    USAGE_FILE: usageFile,
  })
})

afterAll(async () => {
  await gateway.stop()
  await provider.close()
  await auth.close()
  rmSync(folder, { recursive: true })
})

const chat = async (headers: Record<string, string>, fields: object = {}) => {
  const reply = await fetch(`${gateway.url}/v1/chat/completions?user_id=spoofed`, {
    method: 'POST',
    headers: { 'x-user-id': 'spoofed', cookie: 'user_id=spoofed', 'x-wx-openid': 'spoofed', ...headers },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...fields }),
  })
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
}

const lastRecord = (): unknown => JSON.parse(readFileSync(usageFile, 'utf8').trim().split('\n').at(-1) ?? '{}')

describe('the user of a call', () => {
  test('is the user of the verified token in the record, and a hash of it at the provider (R43)', async () => {
    const authorization = `Bearer ${auth.token({ claims: { sub: 'user-1' } })}`
    const named = { user: 'spoofed', user_id: 'spoofed', safety_identifier: 'spoofed' }
    const spoofed = { ...named, request_id: 'spoofed', points: 0, usage: { total_tokens: 0 }, ts: 0 }
    expect((await chat({ authorization }, { ...spoofed, metadata: { user_id: 'spoofed' } })).status).toBe(200)
    expect(lastRecord()).toMatchObject({ user_id: 'user-1' })
    expect(JSON.stringify(lastRecord())).not.toContain('spoofed')
    const { user, safety_identifier: identifier } = forwarded.at(-1) ?? {}
    expect(user).toMatch(/^[0-9a-f]{32}$/)
    expect(identifier).toBe(user)
  })

  test('is the administrator if the admin key is correct, even with a user’s token', async () => {
    const authorization = `Bearer ${auth.token({ claims: { sub: 'user-1' } })}`
    expect((await chat({ authorization, 'x-gateway-key': adminKey })).status).toBe(200)
    expect(lastRecord()).toMatchObject({ user_id: 'admin' })
  })

  test('is the user of the token if the admin key is wrong', async () => {
    const authorization = `Bearer ${auth.token({ claims: { sub: 'user-2' } })}`
    expect((await chat({ authorization, 'x-gateway-key': 'wrong' })).status).toBe(200)
    expect(lastRecord()).toMatchObject({ user_id: 'user-2' })
  })

  test('decides which models are allowed', async () => {
    const member = `Bearer ${auth.token({ claims: { groups: ['staff'] } })}`
    const guest = `Bearer ${auth.token({ claims: { groups: ['guests'] } })}`
    expect((await chat({ authorization: member }, { model: 'staff' })).status).toBe(200)
    expect(await chat({ authorization: guest }, { model: 'staff', groups: ['staff'] })).toMatchObject({
      status: 403,
      body: { code: 'PERMISSION_DENIED', error: { param: 'model', type: 'permission_error' } },
    })
  })
})
