import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI, { AuthenticationError } from 'openai'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'

const run = promisify(execFile)
const countTo12 = { model: 'tiny', messages: [{ role: 'user' as const, content: 'Count to 12.' }], temperature: 0 }
const oneToTwelve = '1 2 3 4 5 6 7 8 9 10 11 12.'

let folder: string
let usageFile: string
let auth: CloudBaseAuth
let gateway: LocalGateway

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'))
  usageFile = join(folder, 'usage.jsonl')
  auth = await startCloudBaseAuth()
  gateway = await startLocalGateway({
    ...auth.recommendedEnvironment,
    AUTH_MODE: 'jwks',
    AUTH_CACHE_TTL: '0',
    KEYS: 'on',
    USAGE_FILE: usageFile,
    SILENCE: 'true',
  })
}, 60_000)

afterAll(async () => {
  await gateway.stop()
  await auth.close()
  rmSync(folder, { recursive: true })
})

const runTool = async (...args: string[]): Promise<string> => {
  const env = { ...process.env, LC_ALL: 'C', KEYS: 'on', USAGE_STORE: 'file', USAGE_FILE: usageFile }
  return (await run(process.execPath, [...getScriptArguments('scripts/keys/main.ts'), ...args], { env })).stdout
}

const connect = (key: string): OpenAI => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 })

const streamText = async (client: OpenAI): Promise<string> => {
  let text = ''
  for await (const chunk of await client.chat.completions.create({ ...countTo12, stream: true }))
    text += chunk.choices[0]?.delta.content ?? ''
  return text
}

describe('the official client with a key', () => {
  test('streams a chat; the record names owner and key, and nothing that is written has the key (R130)', async () => {
    const login = { authorization: `Bearer ${auth.token({ claims: { sub: '7001' } })}` }
    const made = await fetch(`${gateway.url}/v1/keys`, { method: 'POST', headers: login, body: '{"name":"ci"}' })
    const { key, id } = (await made.json()) as { key: string; id: string }
    expect(await streamText(connect(key))).toBe(oneToTwelve)
    const byHeader = await fetch(`${gateway.url}/v1/models`, { headers: { 'x-api-key': key } })
    expect(await byHeader.json()).toMatchObject({ data: [{ id: 'tiny' }] })
    const records = readFileSync(usageFile, 'utf8')
    expect(JSON.parse(records.trim())).toMatchObject({ user_id: '7001', metadata: { key_id: id } })
    const written = [records, gateway.output(), readFileSync(join(folder, 'usage.keys.jsonl'), 'utf8')]
    for (const text of written) expect(text).not.toContain(key.slice(8))

    const revoked = await fetch(`${gateway.url}/v1/keys/${id}`, { method: 'DELETE', headers: login })
    expect(await revoked.json()).toMatchObject({ id, status: 'revoked' })
    await expect(streamText(connect(key))).rejects.toThrow(AuthenticationError)
    await expect(streamText(connect(key))).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' })
  }, 60_000)

  test('uses a key that the operator made, until the operator revokes it (R130)', async () => {
    await expect(runTool('create', 'a b')).rejects.toThrow("'USER' must be a text of 1 to 128 ASCII characters")
    const [, key = ''] = (await runTool('create', '7002', '--name', 'partner', '--models', 'tiny')).trim().split('\n')
    expect(await streamText(connect(key))).toBe(oneToTwelve)
    const list = await runTool('list', '7002')
    expect(list).toMatch(
      /^key_[0-9a-f]{24} {2}sk-\w{4}… {2}active {3}7002 {2}\d{4}-\d\d-\d\d {2}operator {2}partner\n$/,
    )
    const id = list.slice(0, 28)
    expect(JSON.parse(await runTool('show', id))).toMatchObject({ user: '7002', models: ['tiny'], status: 'active' })
    expect(await runTool('groups', '7002', '--groups', 'staff,vip')).toContain('1 key has other groups now.')
    expect(JSON.parse(await runTool('show', id))).toMatchObject({ groups: ['staff', 'vip'] })
    expect(await runTool('revoke', id)).toContain(`${id} is revoked.`)
    await expect(streamText(connect(key))).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' })
    expect(JSON.parse(await runTool('show', id))).toMatchObject({ status: 'revoked', revoked_by: 'operator' })
  }, 90_000)
})
