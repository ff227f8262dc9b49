import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { startProvider } from './provider.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

const freePort = async () => {
  const spare = createServer().listen(0, '127.0.0.1')
  await once(spare, 'listening')
  const { port } = spare.address()
  spare.close()
  return port
}

const answers = async (url) => {
  for (let attempt = 0; attempt < 4_000; attempt++) {
    if (await fetch(url).catch(() => undefined)) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('the local gateway did not start: run npm run build first')
}

/** Starts the local gateway before a scripted provider, which stands behind the models `m` and `Qwen/Qwen3-8B`.
 *  @param environment further variables */
export const startGateway = async (environment = {}) => {
  const provider = await startProvider()
  const port = await freePort()
  const entry = { provider: 'openai', api_base: provider.url }
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/local/main.ts', '--no-env-file'], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      DISABLE_AUTH: 'true',
      ALLOW_PRIVATE_UPSTREAMS: 'true',
      MODEL_PROVIDER_MAP: JSON.stringify({ m: entry, 'Qwen/Qwen3-8B': entry }),
      ...environment,
    },
    stdio: 'ignore',
  })
  const origin = `http://127.0.0.1:${port}`
  await answers(`${origin}/health`)
  return {
    origin,
    baseURL: `${origin}/v1`,
    requests: provider.requests,
    close: async () => {
      child.kill('SIGINT')
      await once(child, 'exit')
      provider.close()
    },
  }
}

/** The messages of a question. */
export const said = (content) => ({ model: 'm', messages: [{ role: 'user', content }] })

/** 100 KB of text in which every kind of character stands. */
export const longText = '云开发 CloudBase 👋🏽 "引号" \\ \t\u2028 é '.repeat(2_000)

export const tinyPng =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
