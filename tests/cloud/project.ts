import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'
import type { TencentCloud } from '../../testing/stand-ins/tencent-cloud/tencent-cloud.ts'

/** The result of a command. */
export interface Finished {
  readonly code: number
  /** Standard output and standard error. */
  readonly output: string
}

/** Called with all output so far on each new piece. Can send the program a signal. */
export type Watch = (output: string, signal: (name: NodeJS.Signals) => void) => void

/** A user's checkout of the gateway, built, with a `.env` of its own. */
export interface Project {
  readonly folder: string
  /** Runs `npm run <command> -- <args>` against a cloud, or on its own. */
  readonly run: (
    command: string,
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
    watch?: Watch,
  ) => Promise<Finished>
  /** Replaces `.env`. */
  readonly configure: (variables: Readonly<Record<string, string>>) => void
  /** Restores the built code of a function. */
  readonly restore: (name: string) => void
  readonly remove: () => void
}

const parts = [
  'cloudbaserc.json',
  'model_map.json',
  'model_list.json',
  'package.json',
  'dist/functions',
  'dist/web/chat',
]

const quickWaitsFile = pathToFileURL(resolve('tests/cloud/quick-waits.mjs')).href

/** The environment of a command that waits a tenth of its time between two looks at the cloud. */
export const quickWaits = { NODE_OPTIONS: `--import=${quickWaitsFile}` } as const

/** Copies the parts of the checkout that a deployment reads. */
export const project = (cloud: TencentCloud): Project => {
  const folder = mkdtempSync(join(tmpdir(), 'project-'))
  for (const part of parts) cpSync(part, join(folder, part), { recursive: true })
  return {
    folder,
    configure: (variables) => {
      const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
      writeFileSync(join(folder, '.env'), `${lines.join('\n')}\n`)
    },
    run: (command, args, environment = {}, watch) => {
      const script = getScriptArguments(`scripts/cloud/${command}/main.ts`)
      const env = { PATH: process.env['PATH'], ...cloud.environment, ...environment }
      return finished(process.execPath, [...script, ...args], { cwd: folder, env }, watch)
    },
    restore: (name) => {
      const built = join('dist/functions', name)
      cpSync(built, join(folder, built), { recursive: true, force: true })
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Runs a program to its end. */
export const finished = (
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  watch?: Watch,
): Promise<Finished> =>
  new Promise((done) => {
    const child = execFile(program, args, { ...options, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr })
    })
    child.stdin?.end()
    let output = ''
    const read = (piece: string): void => {
      output += piece
      watch?.(output, (signal) => child.kill(signal))
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
  })
