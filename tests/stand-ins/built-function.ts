import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from '../../scripts/local/free-port.ts'
import { keepOutput } from '../support/kept-output.ts'

/** A function of `dist/`, running as the platform runs it: a process of its own, started in its folder. */
export interface BuiltFunction {
  readonly url: string
  readonly process: ChildProcess
  /** Everything it has logged so far. */
  readonly log: string[]
  /** What it has written to standard error. */
  readonly errors: string[]
  readonly close: () => Promise<void>
}

/** Starts a built function on a free loopback port, with nothing in its environment but what is given. */
export const startBuilt = async (name: string, environment: Record<string, string>): Promise<BuiltFunction> => {
  const port = await freePort()
  const child = spawn(process.execPath, ['index.js'], {
    cwd: `dist/functions/${name}`,
    env: { HOST: '127.0.0.1', PORT: String(port), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  keepOutput(child)
  const log: string[] = []
  const errors: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => log.push(line))
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line))
  child.stderr.pipe(process.stderr)
  const url = `http://127.0.0.1:${port}`
  await answers(url)
  return {
    url,
    process: child,
    log,
    errors,
    close: async () => {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

const answers = async (url: string): Promise<void> => {
  for (let attempt = 0; attempt < 200; attempt++) {
    const reply = await fetch(url, { method: 'OPTIONS' }).catch(() => undefined)
    if (reply) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('the function did not start')
}
