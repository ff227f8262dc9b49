import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals'
import { getUsage } from '../../shared/gateway/account/get-usage.ts'
import { serveKeys } from '../../shared/gateway/account/serve-keys.ts'
import { serveWallet } from '../../shared/gateway/account/serve-wallet.ts'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { listModels } from '../../shared/gateway/list-models.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveChatWire } from '../../shared/gateway/relay/serve-chat-wire.ts'
import { serveMessages } from '../../shared/gateway/relay/serve-messages.ts'
import { serveResponses } from '../../shared/gateway/relay/serve-responses.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import { serveWire } from '../../shared/gateway/relay/serve-wire.ts'
import { reload } from '../../shared/gateway/reload.ts'
import { serveModerations } from '../../shared/gateway/serve-moderations.ts'
import type { Handler } from '../../shared/http/request.ts'
import { serve } from '../../shared/http/server.ts'
import { embeddings } from '../../shared/wires/embeddings/embeddings.ts'
import { messages } from '../../shared/wires/messages/messages.ts'
import { rerank } from '../../shared/wires/rerank/rerank.ts'
import { responses } from '../../shared/wires/responses/responses.ts'
import { waitForListening } from '../../testing/servers/loopback-server.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../../testing/stand-ins/cloudbase-auth.ts'
import { json, type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { captureLog, type LogLine } from '../support/capture-log.ts'

/** The administrator's key. */
export const adminKey = 'admin-key-of-a-test-0123456789'
/** What the provider says. */
export const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }]
const vectors = [{ object: 'embedding', index: 0, embedding: [0.5, 1] }]
const ranking = [{ index: 0, relevance_score: 0.5 }]
const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }

const cleanups: (() => Promise<void>)[] = []
/** The log of each started function. */
export const logs: LogLine[][] = []
/** The login service. */
export let auth: CloudBaseAuth
/** The provider of all models. */
export let provider: ScriptedProvider
/** The variables of each function. */
export let base: Record<string, string>

beforeAll(async () => {
  auth = await startCloudBaseAuth()
  provider = await scriptedProvider(() => json({ choices, data: vectors, results: ranking, usage }))
  cleanups.push(provider.close, auth.close)
  const { TCB_CONTEXT_CNFG, TENCENTCLOUD } = auth.recommendedEnvironment
  Object.assign(process.env, { TCB_CONTEXT_CNFG, TENCENTCLOUD, SILENCE: 'true' })
  base = {
    ...auth.recommendedEnvironment,
    LOG_LEVEL: 'info',
    KEYS: 'on',
    KEYS_PER_USER: '50',
    AUTH_CACHE_TTL: '0',
    GATEWAY_ADMIN_KEY: adminKey,
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    REMOTE_CONFIG_SOURCE: 'none',
    USAGE_STORE: 'file',
    USAGE_FILE: join(mkdtempSync(join(tmpdir(), 'keys-')), 'usage.jsonl'),
    MODEL_PROVIDER_MAP: JSON.stringify({
      m: { api_base: `${provider.url}/v1` },
      n: { api_base: `${provider.url}/v1` },
      'for-staff': { api_base: `${provider.url}/v1`, allowed_groups: 'staff' },
    }),
  }
})

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

beforeEach(() => {
  auth.users.clear()
  for (const endpoint of Object.keys(auth.faults)) delete auth.faults[endpoint as keyof CloudBaseAuth['faults']]
})

/** Starts one function on loopback. */
const start = async (make: (config: ReturnType<typeof readConfig>) => Handler, variables = {}): Promise<string> => {
  const config = readConfig({ ...base, ...variables })
  const captured = captureLog()
  logs.push(captured.lines)
  const server = { ...config.server, host: '127.0.0.1', port: 0, log: captured.log }
  const { url, close } = await waitForListening(serve(make({ ...config, server }), server))
  cleanups.push(close)
  return url
}

const serveAnthropic = (config: ReturnType<typeof readConfig>): Handler =>
  serveMessages(config, messages, relay('messages', config, serveChatWire(messages)))

const functionsByPath: readonly [path: string, make: (config: ReturnType<typeof readConfig>) => Handler][] = [
  ['/v1/keys', serveKeys],
  ['/v1/models', listModels],
  ['/v1/chat/completions', (config) => relay('chat/completions', config, serveText)],
  ['/v1/completions', (config) => relay('completions', config, serveText)],
  ['/v1/wallet', serveWallet],
  ['/v1/usage', getUsage],
  ['/v1/messages', serveAnthropic],
  ['/v1/responses', (config) => relay('responses', config, serveResponses(responses, config))],
  ['/v1/embeddings', (config) => relay('embeddings', config, serveWire(embeddings))],
  ['/v1/rerank', (config) => relay('rerank', config, serveWire(rerank))],
  ['/v1/moderations', serveModerations],
  ['/admin/reload', reload],
  ['/admin/wallet', serveWallet],
]
/** The functions by path and variables. */
export const started = new Map<string, Promise<string>>()

/** What is sent. */
export interface Sent {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: object
  /** Variables of the function. */
  readonly variables?: Record<string, string>
}

/** Returns the URL of a path. Its function is started with the first use of its variables. */
export const locate = async (path: string, variables: Record<string, string> = {}): Promise<string> => {
  const [prefix = '', make] = functionsByPath.find(([known]) => path.startsWith(known)) ?? []
  if (!make) throw new Error(path)
  const name = prefix + JSON.stringify(variables)
  if (!started.has(name)) started.set(name, start(make, variables))
  return `${await started.get(name)}${path}`
}

/** Calls the function of a path. */
export const send = async (path: string, { method, headers = {}, body, variables = {} }: Sent = {}) => {
  const response = await fetch(await locate(path, variables), {
    method: method ?? (body ? 'POST' : 'GET'),
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  const reply = (await response.json()) as Record<string, unknown> & { error?: { code: string; message: string } }
  return { status: response.status, code: reply.error?.code, reply }
}

/** The header of a signed-in user. */
export const signIn = (user: string, claims: Record<string, unknown> = {}) => ({
  authorization: `Bearer ${auth.token({ claims: { sub: user, ...claims } })}`,
})

/** Makes a key of a user by `POST /v1/keys`. */
export const createKey = async (user: string, fields: object = {}): Promise<{ key: string; id: string }> => {
  const { status, reply } = await send('/v1/keys', { method: 'POST', headers: signIn(user), body: fields })
  expect({ status, reply }).toMatchObject({ status: 200 })
  return { key: String(reply['key']), id: String(reply['id']) }
}

/** The body of a chat. */
export const ask = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] }

/** Asks for a chat, with a key as bearer or as told. */
export const chat = (key: string, sent: Sent = {}) =>
  send('/v1/chat/completions', { headers: { authorization: `Bearer ${key}` }, body: ask, ...sent })

/** The headers that can carry a key. */
export const forms: readonly (readonly [name: string, toHeaders: (key: string) => Record<string, string>])[] = [
  ['Authorization: Bearer', (key) => ({ authorization: `Bearer ${key}` })],
  ['X-Gateway-Token', (key) => ({ 'x-gateway-token': key })],
  ['x-api-key', (key) => ({ 'x-api-key': key })],
  ['all three', (key) => ({ authorization: `bearer ${key}`, 'x-gateway-token': key, 'x-api-key': key })],
]
