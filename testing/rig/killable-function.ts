import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/local/ports/free-port.ts'

export type Variables = Readonly<Record<string, string>>

/** A built HTTP function that can be killed, and started again. */
export interface KillableFunction {
  /** Undefined while it is down. */
  readonly port: () => number | undefined
  /** Kills it without warning and starts another in its place. */
  readonly killAndRestart: () => Promise<void>
  readonly pid: () => number
  /** Whether its process is gone, killed or not. */
  readonly hasEnded: () => boolean
  readonly kill: () => Promise<void>
}

/** A port that was free may be another program's by the time the function listens. */
const mostTries = 3

const folderOf = (name: string): string => resolve('dist/functions', name)

const environmentOf = (variables: Variables): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], ...variables })

/** Starts a built function as the platform does. `onLog` gets each line that it logs. */
export const killableFunction = async (
  name: string,
  variables: Variables,
  onLog: (line: string) => void,
): Promise<KillableFunction> => {
  let child: ChildProcess | undefined
  let port: number | undefined
  const start = async (tries: number): Promise<void> => {
    const free = await freePort()
    const env = environmentOf({ ...variables, HOST: '127.0.0.1', PORT: String(free) })
    child = spawn(process.execPath, ['index.js'], { cwd: folderOf(name), env, stdio: ['ignore', 'pipe', 'inherit'] })
    let rest = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(onLog)
    })
    if (await untilAnswers(free, hasEnded)) {
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
  await start(mostTries)
  return {
    port: () => port,
    pid: () => child?.pid ?? 0,
    hasEnded,
    kill,
    killAndRestart: async () => {
      await kill()
      await start(mostTries)
    },
  }
}

/** Runs a built Event function once in a process of its own and returns what it answered. */
export const runEventFunction = async (name: string, variables: Variables, event: object): Promise<unknown> => {
  const code = `require('./index.js').main(${JSON.stringify(event)}, {}).then((r) => process.send(r, () => process.exit()))`
  const child = spawn(process.execPath, ['-e', code], {
    cwd: folderOf(name),
    env: environmentOf(variables),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [answer] = (await once(child, 'message')) as [unknown]
  return answer
}

/** Waits until something answers at a port; false: it ended, or has not answered in ten seconds. */
const untilAnswers = async (port: number, hasEnded: () => boolean): Promise<boolean> => {
  const startedAt = performance.now()
  while (!hasEnded() && performance.now() - startedAt < 10_000) {
    if (await answers(port)) return !hasEnded()
    await sleep(20)
  }
  return false
}

/** Whether something answers at a port within a second. The connection is closed at once: whoever counts connections finds none
 *  of ours. */
const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const request = requestHttp({ host: '127.0.0.1', port, method: 'OPTIONS', agent: false, timeout: 1_000 })
    request.once('timeout', () => request.destroy(new Error('no answer')))
    request.once('error', () => resolve(false))
    request.once('response', (response) => {
      response.resume()
      resolve(true)
    })
    request.end()
  })
