import { randomUUID } from 'node:crypto'
import { on } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type SpawnedFunction, spawnFunction, type Terminal } from './spawn-function.ts'

/** The options of one Event function. */
export interface EventFunctionOptions {
  readonly name: string
  /** The built function's folder, with an `index.js` that exports `main(event, context)`. */
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
  readonly terminal: Terminal
  /** Longest duration of one invocation. Default 60 000. */
  readonly timeoutMs?: number
}

/** An Event function. Its process starts with the first invocation and serves the later ones too. */
export interface EventFunctionProcess {
  readonly name: string
  /** Calls `main(event, context)`. The fields of `context` are added to those of any invocation. Rejects with one line if
   *  it throws, its process ends, or it takes too long. */
  readonly invoke: (event: unknown, context?: object) => Promise<unknown>
  readonly stop: () => Promise<void>
}

interface Reply {
  readonly id: string
  readonly result?: unknown
  readonly error?: string
}

const EVENT_HOST = fileURLToPath(new URL('./event-host.cjs', import.meta.url))
const TIMEOUT_MS = 60_000

/** Creates a built Event function that runs in its own process. The next invocation replaces a process that has
 *  ended. */
export const createEventFunction = (options: EventFunctionOptions): EventFunctionProcess => {
  let current: SpawnedFunction | undefined
  return {
    name: options.name,
    invoke: async (event, context = {}) => {
      if (!current?.child.connected) current = spawnFunction({ ...options, script: EVENT_HOST })
      const { result, error } = await invokeOnce(current, { event, context }, options)
      if (error !== undefined) throw new Error(`${options.name} failed: ${error}`)
      return result
    },
    stop: async () => current?.stop(),
  }
}

const invokeOnce = async (
  instance: SpawnedFunction,
  { event, context: added }: { readonly event: unknown; readonly context: object },
  { name, timeoutMs = TIMEOUT_MS }: EventFunctionOptions,
): Promise<Reply> => {
  const id = randomUUID()
  const common = { request_id: id, function_name: name, function_version: '$LATEST', time_limit_in_ms: timeoutMs }
  const context = { ...common, ...added }
  const settled = new AbortController()
  const replied = waitForReply(id, instance, settled.signal)
  const overrun = delay(timeoutMs, undefined, { signal: settled.signal })
  // A failed send means that the process has ended; `ended` reports the reason.
  instance.child.send({ id, event, context }, () => undefined)
  const outcome = await Promise.race([replied, instance.ended, overrun]).finally(() => settled.abort())
  if (typeof outcome === 'object') return outcome
  if (outcome !== undefined) throw new Error(`${name} ended during an invocation (${outcome}).`)
  await instance.stop()
  throw new Error(`${name} gave no result within ${timeoutMs / 1_000} s; its process was ended.`)
}

const waitForReply = async (id: string, instance: SpawnedFunction, signal: AbortSignal): Promise<Reply> => {
  for await (const [reply] of on(instance.child, 'message', { signal }) as AsyncIterable<[Reply]>) {
    if (reply.id === id) return reply
  }
  throw new TypeError('The messages ended without an abort.')
}
