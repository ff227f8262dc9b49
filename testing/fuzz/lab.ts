import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { faultyReceiver } from '../rig/faulty-receiver.ts'
import { type KillableFunction, killableFunction, type Variables } from '../rig/killable-function.ts'
import { type CloudBaseAuth, startCloudBaseAuth } from '../stand-ins/cloudbase-auth.ts'
import { type ReceivedRequest, type Script, scriptedProvider } from '../stand-ins/provider.ts'
import { healthyAnswer } from './healthy-answer.ts'

/** Each door of the product that is tried. `guarded` is the chat function with authentication on, by the signature alone, so that
 *  nobody else's judgement covers for it. */
const endpoints = {
  chat: 'llm-chat-completions',
  guarded: 'llm-chat-completions',
  completions: 'llm-completions',
  models: 'llm-models',
  usage: 'llm-usage',
  health: 'llm-health',
  admin: 'llm-admin-reload',
} as const

export type Endpoint = keyof typeof endpoints

/** The key of the lab's provider: it must never be seen. */
export const providerKey = 'sk-fuzz-5f2c8e1a9b7d40361c'

/** Built functions, and what they talk to. */
export interface Lab {
  readonly port: (door: Endpoint) => number
  readonly auth: CloudBaseAuth
  /** What no reply may hold: the provider's key and address, the webhook's. */
  readonly secrets: readonly string[]
  /** Sets what the provider answers from now on; undefined: what a good one answers. */
  readonly answerWith: (script: Script | undefined) => void
  /** The request that the provider received last; undefined: none since the last call of `forget`. */
  readonly received: () => ReceivedRequest | undefined
  readonly forget: () => void
  /** The usage records that the webhook took under an id. */
  readonly records: (id: string) => readonly string[]
  /** Rejects where a function has logged what no request may cause. */
  readonly requireQuiet: () => Promise<void>
  readonly forgetComplaints: () => void
  /** Starts what has died again. */
  readonly revive: () => Promise<void>
  readonly close: () => Promise<void>
}

/** What a function logs when it did not see something coming. */
const alarms = ['"reply_failed"', '"unhandled_rejection"', '"internal_error"'] as const

const commonVariables: Variables = {
  ALLOW_PRIVATE_UPSTREAMS: 'true',
  UPSTREAM_TIMEOUT_FIRST_BYTE: '1000',
  UPSTREAM_TIMEOUT_IDLE: '1000',
  STREAM_KEEPALIVE_SECONDS: '0',
  LOG_LEVEL: 'warn',
}

/** Starts a lab. `dist/` must be built. */
export const startLab = async (): Promise<Lab> => {
  const folder = await mkdtemp(join(tmpdir(), 'fuzz-'))
  const auth = await startCloudBaseAuth()
  const receiver = await faultyReceiver({ faults: 0, seed: 1 })
  let script: Script | undefined
  const provider = await scriptedProvider((request) => script ?? healthyAnswer(request.body))
  const variables: Variables = {
    ...commonVariables,
    MODEL_PROVIDER_MAP: createMap(provider.url),
    BILLING_WEBHOOK_URL: receiver.url,
  }
  const open = { ...variables, DISABLE_AUTH: 'true', USAGE_STORE: 'none', CORS_ALLOW_ALL: 'true' }
  const particular: Partial<Record<Endpoint, Variables>> = {
    guarded: { ...variables, ...auth.environment, AUTH_STATE_CHECK: 'off' },
    usage: { ...open, USAGE_STORE: 'file', USAGE_FILE: join(folder, 'usage.jsonl') },
  }
  const complaints: string[] = []
  const onLog = (line: string): void => {
    if (alarms.some((alarm) => line.includes(alarm))) complaints.push(line)
  }
  const start = async (door: Endpoint): Promise<[Endpoint, KillableFunction]> => [
    door,
    await killableFunction(endpoints[door], particular[door] ?? open, onLog),
  ]
  const running = new Map(await Promise.all((Object.keys(endpoints) as Endpoint[]).map(start)))
  return {
    port: (door) => running.get(door)?.port() ?? 0,
    auth,
    secrets: [providerKey, provider.url.replace('http://', ''), receiver.url.replace('http://', '')],
    answerWith: (next) => {
      script = next
    },
    received: () => provider.requests.at(-1),
    forget: () => void provider.requests.splice(0),
    records: (id) => receiver.taken.get(id) ?? [],
    requireQuiet: async () => {
      await new Promise(setImmediate)
      const [complaint] = complaints.splice(0)
      if (complaint) throw new Error(`a function logged ${complaint}`)
    },
    forgetComplaints: () => void complaints.splice(0),
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
