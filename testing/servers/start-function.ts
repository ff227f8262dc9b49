import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { accepts } from '../../scripts/local/ports/accepts.ts'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { captureOutput } from './capture-output.ts'
import { requireFullRun } from './full-run.ts'

/** A built function that runs in its own process. */
export interface StartedFunction {
  readonly url: string
  readonly child: ChildProcess
  /** Its output so far. */
  readonly output: () => string
  /** The lines of its log so far, from standard output. */
  readonly log: readonly string[]
  readonly stop: () => Promise<void>
}

/** Starts a built HTTP function as the platform does: `node index.js` in its own folder, with only the given environment.
 *  @throws Error if it ends or does not listen within ten seconds */
export const startFunction = async (
  name: string,
  environment: Readonly<Record<string, string>>,
  parent = 'dist/functions',
): Promise<StartedFunction> => {
  requireFullRun()
  const port = await freePort()
  const cwd = resolve(parent, name)
  const env = { PORT: String(port), HOST: '127.0.0.1', ...environment }
  const child = spawn(process.execPath, [join(cwd, 'index.js')], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  captureOutput(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()))
  const log: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => log.push(line))
  await waitForPort(port, () => child.exitCode !== null && new Error(`${name} ended: ${output}`))
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    output: () => output,
    log,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}

const waitForPort = async (port: number, getFailure: () => Error | false): Promise<void> => {
  for (let tries = 0; tries < 500; tries++) {
    const failure = getFailure()
    if (failure) throw failure
    if (await accepts(port)) return
    await wait(20)
  }
  throw new Error(`No process listens on port ${port}.`)
}
