import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { UsageError, usageExitCode } from '../command-line/usage-error.ts'
import { functions } from '../functions.ts'
import { getLanguage } from '../language.ts'
import { describeMisspelledVariables } from '../variables/misspelled-variables.ts'
import { findVariableFiles, readVariables } from '../variables/read-variables.ts'
import { createChatConfig, prepareChatPage } from '../web/chat-page.ts'
import { readPageFiles } from '../web/page-files.ts'
import { toAbsolutePaths } from './absolute-paths.ts'
import { getLocalUrl, toClientUrl } from './client-url.ts'
import { createDevEnvironment, devUsageFile, pickDevVariables } from './dev-environment.ts'
import { removeDevelopment, writeDevelopment } from './development.ts'
import { endWithParent } from './end-with-parent.ts'
import type { Terminal } from './functions/spawn-function.ts'
import { formatGreeting } from './greeting.ts'
import { startLocalGateway } from './local-gateway.ts'
import { type LogFormat, parseLogFormat, shortenLogLine } from './log-lines.ts'
import { addModelFiles } from './model-files.ts'
import { parseAddress, parseFlags } from './parse-options.ts'
import { readEnvironment } from './read-environment.ts'
import { readPage, type ServedPage, toServedPage } from './router/serve-page.ts'
import { fetchModelNames } from './served-models.ts'

/** Slow enough for a person to see that a reply streams. */
const TOKEN_DELAY_MS = 20

/** Replaced once the gateway runs. Until then there is nothing to stop: functions end by themselves with this process. */
let close = async (): Promise<void> => undefined

/** Runs the local gateway in the current folder: `npm start`, or `npm run dev` with `--dev`. */
const main = async (): Promise<void> => {
  const folder = process.cwd()
  const { development, envFiles } = parseFlags(process.argv.slice(2), getLanguage(process.env))
  const variables = envFiles ? readVariables(folder, process.env) : process.env
  const language = getLanguage(variables)
  const given = envFiles ? readEnvironment(folder, process.env) : process.env
  const address = parseAddress(given, language)
  const chatUrl = getLocalUrl(readVariables(folder, {}), language)
  const terminal = createTerminal(parseLogFormat(variables['LOG_FORMAT'], process.stdout.isTTY, language))
  for (const line of describeMisspelledVariables(variables, language)) terminal.error(line)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end)
  endWithParent(end)
  const environment = toAbsolutePaths(
    development ? await startDevelopment(given) : addModelFiles(given, folder),
    folder,
  )
  const distribution = resolve('dist/functions')
  const gateway = await startLocalGateway({
    distribution,
    pages: readPages(folder, environment),
    functions,
    environment,
    ...address,
    terminal,
    language,
  })
  close = async () => {
    if (development) removeDevelopment(folder)
    await gateway.close()
  }
  const models = await fetchModelNames(gateway.url, environment['GATEWAY_ADMIN_KEY'])
  const files = envFiles ? findVariableFiles(folder) : []
  const url = toClientUrl({ host: address.host, port: Number(new URL(gateway.url).port || 80) })
  if (development) writeDevelopment(folder, { url, variables: pickDevVariables(environment) })
  terminal.out(formatGreeting({ url, chatUrl, models, files, environment, language }))
}

/** Reads the pages: the playground, and the chat page as an app's users see it. */
const readPages = (folder: string, environment: NodeJS.ProcessEnv): ReadonlyMap<string, ServedPage> => {
  const chat = prepareChatPage(readPageFiles(resolve('dist/web/chat')), createChatConfig(folder, environment, '/'))
  return new Map([
    ['/', readPage(resolve('dist/web/playground'))],
    ['/chat', toServedPage(chat)],
  ])
}

/** The output for a person. Standard error stays as it is: Node writes it, not the log. */
const createTerminal = (format: LogFormat): Terminal => ({
  out: format === 'json' ? console.log : (line) => console.log(shortenLogLine(line)),
  error: console.error,
})

/** Starts the embedded model. It runs in this process and ends with it. */
const startDevelopment = async (given: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> => {
  const apiKey = given['TINY_MODEL_API_KEY'] || randomBytes(16).toString('hex')
  const { startTinyModel } = await import('../tiny-model/server/upstream.ts')
  const { url: modelUrl } = await startTinyModel({ host: '127.0.0.1', port: 0, apiKey, delayMs: TOKEN_DELAY_MS })
  const usageFile = resolve(devUsageFile)
  await mkdir(dirname(usageFile), { recursive: true })
  return createDevEnvironment(given, { modelUrl, apiKey, usageFile })
}

const end = (): void => {
  close().then(() => process.exit(0), fail)
}

const fail = (error: unknown): never => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(error instanceof UsageError ? usageExitCode : 1)
}

main().catch(fail)
