import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The output for the developer. */
export interface Terminal {
  readonly out: (line: string) => void
  readonly error: (line: string) => void
}

/** The options of a process. */
export interface SpawnFunctionOptions {
  readonly name: string
  /** The built function's folder: the working directory of its process. */
  readonly folder: string
  /** The script that node runs, absolute or relative to `folder`. */
  readonly script: string
  readonly environment: NodeJS.ProcessEnv
  /** Receives the output of the process, each line behind the function's name. */
  readonly terminal: Terminal
}

/** A function's process. */
export interface SpawnedFunction {
  readonly child: ChildProcess
  /** Resolves when the process has ended, with the reason: `exit code 1, last words: Error: no key`, `signal
   *  SIGKILL`. */
  readonly ended: Promise<string>
  /** Sends SIGTERM, and SIGKILL after 2 s. Resolves when the process has ended. */
  readonly stop: () => Promise<void>
}

const KILL_AFTER_MS = 2_000
const MAX_ERROR_LINES = 50
const GUARD = fileURLToPath(new URL('./exit-with-parent.cjs', import.meta.url))

/** Starts node on a built function. The process talks over IPC and ends with this one. */
export const spawnFunction = (options: SpawnFunctionOptions): SpawnedFunction => {
  const child = spawn(process.execPath, ['--require', GUARD, options.script], {
    cwd: options.folder,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A process group of its own: Ctrl-C reaches only the local gateway, which then stops the functions in order.
    detached: true,
    windowsHide: true,
  })
  const errorLines: string[] = []
  forEachLine(child.stdout, (line) => options.terminal.out(`${options.name} | ${line}`))
  forEachLine(child.stderr, (line) => {
    options.terminal.error(`${options.name} | ${line}`)
    errorLines.push(line)
    if (errorLines.length > MAX_ERROR_LINES) errorLines.shift()
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) =>
      resolve(`${signal ? `signal ${signal}` : `exit code ${code}`}${describeLastError(errorLines)}`),
    )
  })
  return { child, ended, stop: () => stop(child, ended) }
}

const forEachLine = (stream: NodeJS.ReadableStream | null, take: (line: string) => void): void => {
  if (stream) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', take)
}

/** Finds the line with the error: node adds a stack, properties and its own version to an uncaught error. */
const describeLastError = (lines: readonly string[]): string => {
  const candidates = lines.filter((line) => /\S/.test(line) && !/^(\s|\^|}|Node\.js v)/.test(line))
  const line = candidates.findLast((candidate) => /^\w*Error\b/.test(candidate)) ?? candidates.at(-1)
  return line === undefined ? '' : `, last words: ${line}`
}

const stop = async (child: ChildProcess, ended: Promise<string>): Promise<void> => {
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
  await ended
  clearTimeout(kill)
}
