import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseArguments } from '../command-line/parse-arguments.ts'
import { readLanguage } from '../command-line/read-language.ts'
import { runTool } from '../command-line/run-tool.ts'
import { UsageError } from '../command-line/usage-error.ts'
import { endWithParent } from '../local/end-with-parent.ts'
import { readPage } from '../local/router/serve-page.ts'
import { createConsoleApi } from './console-api.ts'
import { consoleMessages } from './messages.ts'
import { consoleHost, startConsoleServer } from './server/console-server.ts'
import { openWorkspace } from './workspace.ts'

const messages = consoleMessages[readLanguage()]
const defaultPort = 3001
const help = messages.help(defaultPort)

const options = {
  port: { type: 'string', default: String(defaultPort) },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** @throws UsageError if the text is no port */
const parsePort = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new UsageError(messages.noPort(text), help)
}

/** `npm run console`: serves the console until it is ended. Resolves with the exit code. */
const main = async (args: readonly string[]): Promise<number> => {
  const { values } = parseArguments(args, { options, help })
  if (values.help) {
    console.log(help)
    return 0
  }
  const port = parsePort(values.port)
  const folder = process.cwd()
  const page = readPage(join(folder, 'dist/web/console'))
  if (page.size === 0) {
    console.error(messages.notBuilt)
    return 1
  }
  const workspace = openWorkspace(folder, process.env)
  const { clean } = workspace
  const token = randomBytes(24).toString('base64url')
  const server = await startConsoleServer({ port, token, page, api: createConsoleApi(workspace), clean }).catch(
    (error: NodeJS.ErrnoException) => error,
  )
  if (server instanceof Error) {
    console.error(server.code === 'EADDRINUSE' ? messages.portInUse(port) : server.message)
    return 1
  }
  console.log(`${messages.listens(`http://${consoleHost}:${server.port}/#token=${token}`)}\n${messages.url}`)
  await waitForEnd()
  await Promise.all([server.close(), workspace.close()])
  process.exit(0)
}

const waitForEnd = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    endWithParent(resolve)
  })

await runTool(main)
