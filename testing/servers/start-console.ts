import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { captureOutput } from './capture-output.ts'
import { getScriptArguments } from './script-arguments.ts'

/** A running console. */
export interface RunningConsole {
  /** The URL that it printed, with the token of this start. */
  readonly url: string
  /** The URL without the token. */
  readonly origin: string
  readonly token: string
  readonly child: ChildProcess
  readonly stop: () => Promise<void>
}

/** Creates a folder as a user has it: built, without a `.env` and without models. */
export const createUserFolder = (): { readonly folder: string; readonly remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), 'user-folder-'))
  for (const name of ['dist', 'package.json', 'cloudbaserc.json', 'node_modules'])
    symlinkSync(resolve(name), join(folder, name))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Starts `npm run console` on a free port.
 *  @param folder the folder of the gateway
 *  @throws Error if it ends before it is ready */
export const startConsole = async (folder: string, environment: NodeJS.ProcessEnv = {}): Promise<RunningConsole> => {
  const child = spawn(process.execPath, [...getScriptArguments('scripts/console/main.ts'), '--port', '0'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  captureOutput(child)
  let output = ''
  const url = await new Promise<string>((found, fail) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        output += text.toString()
        const [printed] = /http:\S+#token=\S+/.exec(output) ?? []
        if (printed) found(printed)
      })
    child.once('exit', () => fail(new Error(`The console ended: ${output}`)))
  })
  return {
    url,
    origin: new URL(url).origin,
    token: url.split('#token=')[1] ?? '',
    child,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGINT')
      await once(child, 'exit')
    },
  }
}
