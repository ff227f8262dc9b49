import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { faultyReceiver } from '../rig/faulty-receiver.ts'
import { type KillableFunction, killableFunction, type Variables } from '../rig/killable-function.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../stand-ins/cloudbase-auth.ts'
import { type ReceivedRequest, type Script, scriptedProvider } from '../stand-ins/provider.ts'
import { healthyResponse } from './healthy-response.ts'

/** The endpoints under test. `guarded` is the chat function with authentication by signature only, so that the login service
 *  cannot reject a token first. */
const endpoints = {
  chat: 'llm-chat-completions',
  guarded: 'llm-chat-completions',
  completions: 'llm-completions',
  models: 'llm-models',
  usage: 'llm-usage',
  health: 'llm-health',
  admin: 'llm-admin-reload',
} as const

/** The name of an endpoint. */
export type Endpoint = keyof typeof endpoints

/** The key of the provider, which no reply may contain. */
export const providerKey = 'sk-fuzz-5f2c8e1a9b7d40361c'

/** The built functions with their provider, webhook and login service. */
export interface Lab {
  readonly port: (endpoint: Endpoint) => number
  readonly auth: CloudBaseAuth
  /** Texts that no reply may contain: the provider's key, and the addresses of provider and webhook. */
  readonly secrets: readonly string[]
  /** Sets the response of the provider from now on; undefined for one without faults. */
  readonly respondWith: (script: Script | undefined) => void
  /** Returns the last request to the provider; undefined if there was none since `clearRequests`. */
  readonly received: () => ReceivedRequest | undefined
  readonly clearRequests: () => void
  /** Returns the usage records that the webhook received with an id. */
  readonly records: (id: string) => readonly string[]
  /** Rejects if a function has logged an internal error. */
  readonly requireQuiet: () => Promise<void>
  /** Clears the logged internal errors. */
  readonly clearAlarms: () => void
  /** Restarts the functions that have ended. */
  readonly revive: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Log entries of internal errors. */
const alarmTexts = ['"reply_failed"', '"unhandled_rejection"', '"internal_error"'] as const

const commonVariables: Variables = {
  ALLOW_PRIVATE_UPSTREAMS: 'true',
  UPSTREAM_TIMEOUT_FIRST_BYTE: '1000',
  UPSTREAM_TIMEOUT_IDLE: '1000',
  STREAM_KEEPALIVE_SECONDS: '0',
  LOG_LEVEL: 'warn',
}

/** Starts all of them. `dist/` must be built. */
export const startLab = async (): Promise<Lab> => {
  const folder = await mkdtemp(join(tmpdir(), 'fuzz-'))
  const auth = await startCloudBaseAuth()
  const receiver = await faultyReceiver({ faults: 0, seed: 1 })
  let script: Script | undefined
  const provider = await scriptedProvider((request) => script ?? healthyResponse(request.body))
  const variables: Variables = {
    ...commonVariables,
    MODEL_PROVIDER_MAP: createMap(provider.url),
    BILLING_WEBHOOK_URL: receiver.url,
  }
  const open = { ...variables, DISABLE_AUTH: 'true', USAGE_STORE: 'none', CORS_ALLOW_ALL: 'true' }
  const special: Partial<Record<Endpoint, Variables>> = {
    guarded: { ...variables, ...auth.environment, AUTH_STATE_CHECK: 'off' },
    usage: { ...open, USAGE_STORE: 'file', USAGE_FILE: join(folder, 'usage.jsonl') },
  }
  const alarms: string[] = []
  const onLog = (line: string): void => {
    if (alarmTexts.some((text) => line.includes(text))) alarms.push(line)
  }
  const start = async (endpoint: Endpoint): Promise<[Endpoint, KillableFunction]> => [
    endpoint,
    await killableFunction(endpoints[endpoint], special[endpoint] ?? open, onLog),
  ]
  const running = new Map(await Promise.all((Object.keys(endpoints) as Endpoint[]).map(start)))
  return {
    port: (endpoint) => running.get(endpoint)?.port() ?? 0,
    auth,
    secrets: [providerKey, provider.url.replace('http://', ''), receiver.url.replace('http://', '')],
    respondWith: (next) => {
      script = next
    },
    received: () => provider.requests.at(-1),
    clearRequests: () => void provider.requests.splice(0),
    records: (id) => receiver.taken.get(id) ?? [],
    requireQuiet: async () => {
      await new Promise(setImmediate)
      const [alarm] = alarms.splice(0)
      if (alarm) throw new Error(`A function logged ${alarm}`)
    },
    clearAlarms: () => void alarms.splice(0),
    revive: async () => {
      await Promise.all([...running.values()].map((one) => (one.hasEnded() ? one.killAndRestart() : undefined)))
    },
    close: async () => {
      await Promise.all([...running.values()].map((one) => one.kill()))
      await Promise.all([provider.close(), receiver.close(), auth.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const createMap = (origin: string): string => {
  const entry = { provider: 'openai', api_base: `${origin}/v1`, api_key: providerKey }
  const priced = { ...entry, input_price_per_1m: '0.8', output_price_per_1m: '2', cache_price_per_1m: '0.1' }
  return JSON.stringify({ m: entry, priced, chat: { ...entry, completions_mode: 'chat' } })
}
