import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { captureOutput } from './capture-output.ts'
import { getScriptArguments } from './script-arguments.ts'

/** A running local gateway. */
export interface LocalGateway {
  readonly url: string
  /** Its output so far. */
  readonly output: () => string
  /** The usage records so far. */
  readonly records: () => UsageLine[]
  readonly child: ChildProcess
  readonly stop: () => Promise<void>
}

/** A usage record. */
export interface UsageLine {
  readonly request_id: string
  readonly user_id: string | null
  readonly model: string
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number }
  readonly points: number
  readonly metadata: Readonly<Record<string, unknown>>
  readonly ts: number
}

/** Starts `npm run dev` without its build, on a free port.
 *  @param place the folder in which it runs. Default: that of the project
 *  @throws Error if it ends before it is ready */
export const startLocalGateway = async (environment: NodeJS.ProcessEnv = {}, place = '.'): Promise<LocalGateway> => {
  const folder = mkdtempSync(join(tmpdir(), 'local-gateway-'))
  const usageFile = join(folder, 'usage.jsonl')
  const port = await freePort()
  const child = spawn(process.execPath, [...getScriptArguments('scripts/local/main.ts'), '--dev', '--no-env-file'], {
    cwd: place,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      LC_ALL: 'C',
      PORT: String(port),
      USAGE_FILE: usageFile,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  captureOutput(child)
  let output = ''
  const ready = new Promise<void>((resolve, reject) => {
    const listen = (text: Buffer): void => {
      output += text.toString()
      if (output.includes('curl -N')) resolve()
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('exit', () => reject(new Error(`The local gateway ended: ${output}`)))
  })
  await ready
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    records: () => readRecords(usageFile),
    child,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT')
        await once(child, 'exit')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A line of the file has one more field, which only the store uses. */
const readRecords = (file: string): UsageLine[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { event: _, ...record } = JSON.parse(line) as UsageLine & { event: unknown }
      return record
    })
