import { setTimeout as wait } from 'node:timers/promises'
import { type LoopbackServer, loopbackServer } from '../../../testing/servers/loopback-server.ts'
import { countOpenSockets } from '../../../testing/servers/open-sockets.ts'
import { rawExchange } from '../../../testing/servers/raw-exchange.ts'
import { type StartedFunction, startFunction } from '../../../testing/servers/start-function.ts'
import { good, type Target, targets } from './targets.ts'

const completion = {
  id: 'a',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}
const chunk = {
  id: 'a',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
}

/** The built functions behind the targets, and the provider behind chat. */
export interface StartedTargets {
  readonly getFunction: (target: Target) => StartedFunction
  readonly getPort: (target: Target) => number
  /** Number of sockets of a function after its first reply: the listening one, its output, its connection to the provider. */
  readonly usualSockets: (target: Target) => number
  /** Number of requests to the provider. */
  readonly providerCalls: () => number
  readonly stop: () => Promise<void>
}

/** A provider that answers every call well, whole or streamed. */
export const startGoodProvider = (onCall: () => void): Promise<LoopbackServer> =>
  loopbackServer(async (request, response) => {
    onCall()
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    if (!Buffer.concat(pieces).includes('"stream":true')) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(completion))
      return
    }
    response.setHeader('content-type', 'text/event-stream')
    response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`)
  })

/** Creates the environment of the functions behind the targets. */
export const createTargetEnvironment = (providerUrl: string): Readonly<Record<string, string>> => ({
  DISABLE_AUTH: 'true',
  ALLOW_PRIVATE_UPSTREAMS: 'true',
  GATEWAY_ADMIN_KEY: 'an-admin-key-of-some-length',
  CORS_ORIGINS: 'https://app.example.com',
  MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${providerUrl}/v1` } }),
})

/** Starts the functions of all targets; each has answered a good request. */
export const startTargets = async (): Promise<StartedTargets> => {
  let calls = 0
  const provider = await startGoodProvider(() => (calls += 1))
  const environment = createTargetEnvironment(provider.url)
  const started = new Map<string, StartedFunction>()
  const usual = new Map<string, number>()
  const getFunction = ({ name }: Target): StartedFunction => started.get(name) as StartedFunction
  const getPort = (target: Target): number => Number(new URL(getFunction(target).url).port)
  for (const target of targets) {
    started.set(target.name, await startFunction(target.name, environment))
    await rawExchange(getPort(target), good(target), { count: 1 })
    await wait(100)
    usual.set(target.name, countOpenSockets(getFunction(target).child.pid))
  }
  return {
    getFunction,
    getPort,
    usualSockets: ({ name }) => usual.get(name) as number,
    providerCalls: () => calls,
    stop: async () => {
      for (const { stop } of started.values()) await stop()
      await provider.close()
    },
  }
}
