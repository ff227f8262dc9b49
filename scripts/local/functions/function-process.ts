import { setTimeout as delay } from 'node:timers/promises'
import { accepts } from '../ports/accepts.ts'
import { freePort } from '../ports/free-port.ts'
import { type SpawnedFunction, spawnFunction, type Terminal } from './spawn-function.ts'

/** The options of one HTTP function. */
export interface FunctionProcessOptions {
  readonly name: string
  /** The built function's folder, with its `index.js`. */
  readonly folder: string
  /** The environment of the function. `HOST` and `PORT` are set here. */
  readonly environment: NodeJS.ProcessEnv
  readonly terminal: Terminal
  /** Longest time until it listens. Default 15 000. */
  readonly readyTimeoutMs?: number
}

/** A running HTTP function, to which the router sends requests. */
export interface FunctionProcess {
  readonly name: string
  readonly host: string
  /** Another one after each restart. */
  readonly port: number
  readonly stop: () => Promise<void>
}

const HOST = '127.0.0.1'
const READY_TIMEOUT_MS = 15_000
const POLL_MS = 20
/** An instance that ran this long was healthy, so the next one starts without delay. */
const STEADY_MS = 10_000
const FIRST_BACK_OFF_MS = 250
const MAX_BACK_OFF_MS = 8_000

/** Starts a built HTTP function as its own process on a free loopback port. Resolves once it listens. If the process
 *  ends later, logs one line and starts a new one, as the platform starts a new instance. Waits longer before each
 *  start if processes end in quick succession. Rejects if the first instance never listens. */
export const startFunctionProcess = async (options: FunctionProcessOptions): Promise<FunctionProcess> => {
  const stopping = new AbortController()
  const first = await startInstance(options, stopping.signal)
  const state: State = { options, stopping: stopping.signal, port: first.port }
  const supervision = supervise(first, state)
  return {
    name: options.name,
    host: HOST,
    get port() {
      return state.port
    },
    stop: () => {
      stopping.abort()
      return supervision
    },
  }
}

interface Instance {
  readonly port: number
  readonly ended: Promise<string>
}

interface State {
  readonly options: FunctionProcessOptions
  readonly stopping: AbortSignal
  port: number
}

const supervise = async (first: Instance, state: State): Promise<void> => {
  const { name, terminal } = state.options
  let life = first.ended.then((how) => `${name} ended (${how})`)
  let startedAt = performance.now()
  let quickDeaths = 0
  for (;;) {
    const reason = await life
    if (state.stopping.aborted) return
    quickDeaths = performance.now() - startedAt < STEADY_MS ? quickDeaths + 1 : 1
    const waitMs = quickDeaths === 1 ? 0 : Math.min(FIRST_BACK_OFF_MS * 2 ** (quickDeaths - 2), MAX_BACK_OFF_MS)
    terminal.error(`${reason}. Starting a new instance${waitMs ? ` in ${waitMs / 1_000} s` : ''}.`)
    await delay(waitMs, undefined, { signal: state.stopping }).catch(() => undefined)
    startedAt = performance.now()
    life = runNextInstance(state)
  }
}

/** Starts the next instance. Resolves when it has ended, with the reason. */
const runNextInstance = async (state: State): Promise<string> => {
  try {
    const instance = await startInstance(state.options, state.stopping)
    state.port = instance.port
    return `${state.options.name} ended (${await instance.ended})`
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
  }
}

const startInstance = async (options: FunctionProcessOptions, stopping: AbortSignal): Promise<Instance> => {
  const port = await freePort(HOST)
  stopping.throwIfAborted()
  const environment = { ...options.environment, HOST, PORT: String(port) }
  const instance = spawnFunction({ ...options, script: 'index.js', environment })
  stopping.addEventListener('abort', instance.stop, { once: true })
  const ended = instance.ended.finally(() => stopping.removeEventListener('abort', instance.stop))
  await waitUntilListening(instance, port, options)
  return { port, ended }
}

const waitUntilListening = async (
  instance: SpawnedFunction,
  port: number,
  { name, readyTimeoutMs = READY_TIMEOUT_MS }: FunctionProcessOptions,
): Promise<void> => {
  const deadline = performance.now() + readyTimeoutMs
  while (performance.now() < deadline) {
    if (await accepts(port)) return
    const how = await Promise.race([instance.ended, delay(POLL_MS)])
    if (how !== undefined) throw new Error(`${name} ended before it listened (${how}).`)
  }
  await instance.stop()
  throw new Error(
    `${name} did not listen on PORT within ${readyTimeoutMs / 1_000} s. Its output above may show the reason.`,
  )
}
