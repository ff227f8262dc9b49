import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type CloudFunction, type EventFunction, getRoutes, type HttpFunction } from '../functions.ts'
import type { Language } from '../language.ts'
import { createEventFunction, type EventFunctionProcess } from './functions/event-function.ts'
import { type FunctionProcess, startFunctionProcess } from './functions/function-process.ts'
import type { Terminal } from './functions/spawn-function.ts'
import { startTimer } from './functions/start-timer.ts'
import { toListenError } from './listen-failure.ts'
import { localMessages } from './messages.ts'
import { freePort } from './ports/free-port.ts'
import { type Router, startRouter } from './router/router.ts'
import type { ServedPage } from './router/serve-page.ts'

/** The options of {@link startLocalGateway}. */
export interface LocalGatewayOptions {
  /** The folder that holds one folder per built function. */
  readonly distribution: string
  /** The pages that browsers get, by their path. Default: there is no page. */
  readonly pages?: ReadonlyMap<string, ServedPage>
  readonly functions: readonly CloudFunction[]
  /** The environment of every function. */
  readonly environment: NodeJS.ProcessEnv
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  readonly terminal: Terminal
  /** The language of errors before it runs. Default English. */
  readonly language?: Language
  /** Pass the whole path to the functions, as the deployed routes do; `false` strips the prefix. Default `true`. */
  readonly pathTransmission?: boolean
}

/** A running local gateway. `close` stops the router, the timers and every function. */
export interface LocalGateway {
  readonly url: string
  /** Invokes an Event function as the platform does: `event` is the caller's, `context` the platform's, by default that of
   *  the console. */
  readonly invoke: (name: string, event: unknown, context?: object) => Promise<unknown>
  readonly close: () => Promise<void>
}

/** Runs the built functions as the cloud does: each in its own process, HTTP functions behind one router, Event
 *  functions by their timers. If it rejects, the error is one line with the fix, and nothing keeps running. */
export const startLocalGateway = async (options: LocalGatewayOptions): Promise<LocalGateway> => {
  requireBuilt(options)
  const fail = (error: unknown): never => {
    throw toListenError(error, options, options.language)
  }
  // Reports a used port before the functions start, so that their output does not hide it.
  await freePort(options.host, options.port).catch(fail)
  const processes = await startAll(options)
  const router = await startRouterTo(processes, options).catch(async (error: unknown) => {
    await stopAll([...processes.values()])
    return fail(error)
  })
  const events = new Map(
    options.functions.filter((row) => row.kind === 'Event').map((row) => [row.name, startEvents(row, options)]),
  )
  return {
    url: router.url,
    invoke: async (name, event, context) => {
      const invoked = events.get(name)
      if (!invoked) throw new TypeError(`${name} is no Event function.`)
      return invoked.invoke(event, context)
    },
    close: async () => {
      await Promise.all([router.close(), stopAll([...processes.values(), ...events.values()])])
    },
  }
}

const requireBuilt = ({ distribution, functions, language = 'en' }: LocalGatewayOptions): void => {
  const missing = functions.find(({ name }) => !existsSync(join(distribution, name, 'index.js')))
  if (missing) throw new Error(localMessages[language].notBuilt(missing.name))
}

const startAll = async (options: LocalGatewayOptions): Promise<Map<HttpFunction, FunctionProcess>> => {
  const rows = options.functions.filter((row) => row.kind === 'HTTP')
  const starts = await Promise.allSettled(
    rows.map(async (row) => {
      const process = await startFunctionProcess({
        ...options,
        name: row.name,
        folder: join(options.distribution, row.name),
      })
      return [row, process] as const
    }),
  )
  const started = starts.filter((start) => start.status === 'fulfilled').map((start) => start.value)
  const failed = starts.find((start) => start.status === 'rejected')
  if (!failed) return new Map(started)
  await stopAll(started.map(([, process]) => process))
  throw failed.reason
}

const startRouterTo = (
  processes: ReadonlyMap<HttpFunction, FunctionProcess>,
  { host, port, pages = new Map(), pathTransmission = true }: LocalGatewayOptions,
): Promise<Router> => {
  const routes = [...processes].flatMap(([row, target]) =>
    getRoutes(row).map((path) => ({ path, target, pathTransmission })),
  )
  return startRouter({ host, port, routes, pages })
}

type RunningEvents = Pick<EventFunctionProcess, 'invoke' | 'stop'>

const startEvents = ({ name, timer }: EventFunction, options: LocalGatewayOptions): RunningEvents => {
  const events = createEventFunction({ ...options, name, folder: join(options.distribution, name) })
  if (timer === undefined) return events
  const failed = (error: unknown) =>
    options.terminal.error(error instanceof Error ? error.message : `${name} failed: ${error}`)
  const { stop } = startTimer({ ...timer, run: events.invoke, failed })
  return {
    invoke: events.invoke,
    stop: () => {
      stop()
      return events.stop()
    },
  }
}

const stopAll = async (running: readonly { readonly stop: () => Promise<void> }[]): Promise<void> => {
  await Promise.all(running.map(({ stop }) => stop()))
}
