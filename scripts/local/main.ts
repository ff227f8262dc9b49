import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { functions } from '../functions.ts'
import { toAbsolutePaths } from './absolute-paths.ts'
import { createDevEnvironment } from './dev-environment.ts'
import { endWithParent } from './end-with-parent.ts'
import { formatGreeting } from './greeting.ts'
import { startLocalGateway } from './local-gateway.ts'
import { parseOptions } from './parse-options.ts'
import { fetchModelNames } from './served-models.ts'

/** Slow enough to watch an answer stream. */
const TOKEN_DELAY_MS = 20

const terminal = { out: console.log, error: console.error }

/** Stands in until there is something to stop: functions end by themselves when this process does. */
let close = async (): Promise<void> => undefined

const main = async (): Promise<void> => {
  const { development, host, port } = parseOptions(process.argv.slice(2), process.env)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end)
  endWithParent(end)
  const environment = toAbsolutePaths(development ? await startDevelopment() : process.env, process.cwd())
  const distribution = resolve('dist/functions')
  const gateway = await startLocalGateway({ distribution, functions, environment, host, port, terminal })
  close = gateway.close
  const models = await fetchModelNames(gateway.url, environment['GATEWAY_ADMIN_KEY'])
  terminal.out(formatGreeting({ url: gateway.url, models, environment }))
}

/** Starts the embedded model; it lives in this process and ends with it. */
const startDevelopment = async (): Promise<NodeJS.ProcessEnv> => {
  const apiKey = process.env['TINY_MODEL_API_KEY'] || randomBytes(16).toString('hex')
  const { startTinyModel } = await import('../tiny-model/server/upstream.ts')
  const { url: modelUrl } = await startTinyModel({ host: '127.0.0.1', port: 0, apiKey, delayMs: TOKEN_DELAY_MS })
  const usageFile = resolve('.local/usage.jsonl')
  await mkdir(dirname(usageFile), { recursive: true })
  return createDevEnvironment(process.env, { modelUrl, apiKey, usageFile })
}

const end = (): void => {
  close().then(() => process.exit(0), fail)
}

const fail = (error: unknown): never => {
  terminal.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

main().catch(fail)
