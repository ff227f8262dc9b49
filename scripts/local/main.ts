import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { functions } from '../functions.ts'
import { findVariableFiles } from '../variables/read-variables.ts'
import { toAbsolutePaths } from './absolute-paths.ts'
import { createDevEnvironment } from './dev-environment.ts'
import { endWithParent } from './end-with-parent.ts'
import { formatGreeting } from './greeting.ts'
import { startLocalGateway } from './local-gateway.ts'
import { parseAddress, parseFlags } from './parse-options.ts'
import { readEnvironment } from './read-environment.ts'
import { fetchModelNames } from './served-models.ts'

/** Slow enough for a person to see that a reply streams. */
const TOKEN_DELAY_MS = 20

const terminal = { out: console.log, error: console.error }

/** Replaced once the gateway runs. Until then there is nothing to stop: functions end by themselves with this process. */
let close = async (): Promise<void> => undefined

/** Runs the local gateway in the current folder: `npm start`, or `npm run dev` with `--dev`. */
const main = async (): Promise<void> => {
  const folder = process.cwd()
  const { development, envFiles } = parseFlags(process.argv.slice(2))
  const given = envFiles ? readEnvironment(folder, process.env) : process.env
  const { host, port } = parseAddress(given)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end)
  endWithParent(end)
  const environment = toAbsolutePaths(development ? await startDevelopment(given) : given, folder)
  const distribution = resolve('dist/functions')
  const gateway = await startLocalGateway({ distribution, functions, environment, host, port, terminal })
  close = gateway.close
  const models = await fetchModelNames(gateway.url, environment['GATEWAY_ADMIN_KEY'])
  const files = envFiles ? findVariableFiles(folder) : []
  terminal.out(formatGreeting({ url: gateway.url, models, files, environment }))
}

/** Starts the embedded model. It runs in this process and ends with it. */
const startDevelopment = async (given: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> => {
  const apiKey = given['TINY_MODEL_API_KEY'] || randomBytes(16).toString('hex')
  const { startTinyModel } = await import('../tiny-model/server/upstream.ts')
  const { url: modelUrl } = await startTinyModel({ host: '127.0.0.1', port: 0, apiKey, delayMs: TOKEN_DELAY_MS })
  const usageFile = resolve('.local/usage.jsonl')
  await mkdir(dirname(usageFile), { recursive: true })
  return createDevEnvironment(given, { modelUrl, apiKey, usageFile })
}

const end = (): void => {
  close().then(() => process.exit(0), fail)
}

const fail = (error: unknown): never => {
  terminal.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

main().catch(fail)
