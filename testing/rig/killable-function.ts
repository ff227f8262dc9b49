import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { requireFullRun } from '../servers/full-run.ts'

export type Variables = Readonly<Record<string, string>>

/** A built HTTP function that can be killed and started again. */
export interface KillableFunction {
  /** The port; undefined while the function is down. */
  readonly port: () => number | undefined
  /** Kills the process with SIGKILL and starts another. */
  readonly killAndRestart: () => Promise<void>
  readonly pid: () => number
  /** Whether its process has ended, for any reason. */
  readonly hasEnded: () => boolean
  readonly kill: () => Promise<void>
}

/** Another program may take a free port before the function listens on it. */
const maxTries = 3

const getFolder = (name: string): string => {
  requireFullRun()
  return resolve('dist/functions', name)
}

const toEnvironment = (variables: Variables): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], ...variables })

/** Starts a built function as the platform does. Calls `onLog` with each line that it logs.
 *  @throws Error if it does not start after three tries */
export const killableFunction = async (
  name: string,
  variables: Variables,
  onLog: (line: string) => void,
): Promise<KillableFunction> => {
  let child: ChildProcess | undefined
  let port: number | undefined
  const start = async (tries: number): Promise<void> => {
    const free = await freePort()
    const env = toEnvironment({ ...variables, HOST: '127.0.0.1', PORT: String(free) })
    child = spawn(process.execPath, ['index.js'], { cwd: getFolder(name), env, stdio: ['ignore', 'pipe', 'inherit'] })
    let rest = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(onLog)
    })
    if (await waitForReply(free, hasEnded)) {
      port = free
      return
    }
    await kill()
    if (tries === 1) throw new Error('The function did not start. Run npm run build.')
    await start(tries - 1)
  }
  const hasEnded = (): boolean => child !== undefined && (child.exitCode !== null || child.signalCode !== null)
  const kill = async (): Promise<void> => {
    port = undefined
    if (!child || hasEnded()) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await start(maxTries)
  return {
    port: () => port,
    pid: () => child?.pid ?? 0,
    hasEnded,
    kill,
    killAndRestart: async () => {
      await kill()
      await start(maxTries)
    },
  }
}

/** Runs a built Event function once in a new process and returns its result. */
export const runEventFunction = async (
  name: string,
  variables: Variables,
  event: object,
  context: object = {},
): Promise<unknown> => {
  const main = `require('./index.js').main(${JSON.stringify(event)}, ${JSON.stringify(context)})`
  const code = `${main}.then((r) => process.send(r, () => process.exit()))`
  const child = spawn(process.execPath, ['-e', code], {
    cwd: getFolder(name),
    env: toEnvironment(variables),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [result] = (await once(child, 'message')) as [unknown]
  return result
}

/** Waits until the port replies. Returns false if the process ended or did not reply within ten seconds. */
const waitForReply = async (port: number, hasEnded: () => boolean): Promise<boolean> => {
  const startedAt = performance.now()
  while (!hasEnded() && performance.now() - startedAt < 10_000) {
    if (await hasReply(port)) return !hasEnded()
    await sleep(20)
  }
  return false
}

/** Whether a port replies within a second. The connection is closed at once, so that a count of connections does not include it. */
const hasReply = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const request = requestHttp({ host: '127.0.0.1', port, method: 'OPTIONS', agent: false, timeout: 1_000 })
    request.once('timeout', () => request.destroy(new Error('no reply')))
    request.once('error', () => resolve(false))
    request.once('response', (response) => {
      response.resume()
      resolve(true)
    })
    request.end()
  })
