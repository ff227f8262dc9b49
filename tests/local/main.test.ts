import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from '@jest/globals'
import { functions } from '../../scripts/functions.ts'
import { getScriptArguments } from '../../testing/servers/script-arguments.ts'
import { distribution, echoingEvent, tellingFunction } from './distribution.ts'
import { ask, lifeline, listen } from './loopback.ts'
import { recordedTerminal } from './recorded-terminal.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const modelsFunction = `
  require('node:http').createServer((request, response) => {
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'small' }, { id: 'large' }] }))
  }).listen(Number(process.env.PORT), process.env.HOST)
`
const sources = {
  ...Object.fromEntries(functions.map((row) => [row.name, row.kind === 'HTTP' ? tellingFunction : echoingEvent])),
  'llm-models': modelsFunction,
}

const COMMAND = [process.execPath, ...getScriptArguments('scripts/local/main.ts')]

interface StartOptions {
  readonly environment?: Record<string, string>
  /** The built functions. Default: all of them, telling of themselves. */
  readonly built?: Record<string, string>
  readonly command?: readonly string[]
  /** Texts of files in the folder. */
  readonly files?: Record<string, string>
}

/** Starts the local gateway in a folder with a `dist/functions` of its own. */
const start = async ({ environment = {}, built = sources, command = COMMAND, files = {} }: StartOptions = {}) => {
  const { root, remove } = await distribution(built)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
  const [program = '', ...words] = command
  const child = spawn(program, words, {
    cwd: root,
    env: { ...process.env, PORT: '0', npm_lifecycle_event: 'start', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const terminal = recordedTerminal()
  createInterface({ input: child.stdout }).on('line', terminal.out)
  createInterface({ input: child.stderr }).on('line', terminal.error)
  const exited = once(child, 'close')
  cleanUps.push(remove, async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  })
  const errors = () => terminal.lines.filter((line) => line.startsWith('error'))
  return { pid: child.pid ?? 0, terminal, exited, errors }
}

const readUrl = async ({ terminal }: Awaited<ReturnType<typeof start>>) => {
  const line = await terminal.line(/^The gateway listens on /)
  return line.split(' ')[4] ?? ''
}

/** Settles when the processes of all the HTTP functions that tell of themselves are gone. */
const lifelines = async (url: string) => {
  const told = await Promise.all(
    ['/health', '/v1/completions', '/ai', '/admin/reload'].map(async (path) => JSON.parse((await ask(url, path)).text)),
  )
  const connected = await Promise.all(told.map(({ env }) => lifeline(Number(env.PORT))))
  return { gatewayPid: told[0].ppid as number, gone: Promise.all(connected.map(({ gone }) => gone)) }
}

describe('npm start', () => {
  test('serves the built functions with its environment and prints a request to them', async () => {
    const gateway = await start({ environment: { GATEWAY_ADMIN_KEY: 'admin' } })
    const url = await readUrl(gateway)
    expect(await gateway.terminal.line(/^Models/)).toBe('Models: small, large')
    const curl = await gateway.terminal.line(/curl -N/)
    expect(curl).toContain(`curl -N ${url}/v1/chat/completions`)
    expect(curl).toContain(`-H 'X-Gateway-Key: <GATEWAY_ADMIN_KEY>' -d '{"model": "small"`)
    const told = JSON.parse((await ask(url, '/ai/any/v1/chat/completions?x')).text)
    expect(told).toMatchObject({ url: '/ai/any/v1/chat/completions?x', env: { GATEWAY_ADMIN_KEY: 'admin' } })
    expect(told.env).not.toHaveProperty('DISABLE_AUTH')
  })

  test.each([
    ['SIGINT', (pid: number) => process.kill(pid, 'SIGINT')],
    ['SIGTERM', (pid: number) => process.kill(pid, 'SIGTERM')],
    ['Ctrl-C, which reaches the whole group,', (pid: number) => process.kill(-pid, 'SIGINT')],
  ])('ends everything quietly on %s', async (_what, kill) => {
    const gateway = await start()
    const { gone } = await lifelines(await readUrl(gateway))
    await gateway.terminal.line(/curl -N/)
    const before = gateway.terminal.lines.length
    kill(gateway.pid)
    expect(await gateway.exited).toEqual([0, null])
    await gone
    expect(gateway.terminal.lines.slice(before).filter(Boolean)).toEqual([])
  })

  test('ends everything quietly on SIGTERM before it is ready', async () => {
    const slow = "const port = require('node:net').createServer().listen(0, () => console.log(port.address().port))"
    const gateway = await start({ built: { ...sources, 'llm-health': slow } })
    const line = await gateway.terminal.line(/^llm-health \| \d+$/)
    const { gone } = await lifeline(Number(line.split(' ').at(-1)))
    process.kill(gateway.pid, 'SIGTERM')
    expect(await gateway.exited).toEqual([0, null])
    await gone
    expect(gateway.errors()).toEqual([])
  })

  test('leaves no function behind when it is killed', async () => {
    const { gatewayPid, gone } = await lifelines(await readUrl(await start()))
    process.kill(gatewayPid, 'SIGKILL')
    await gone
  })

  const shell = (command: readonly string[]) => ['sh', '-c', '"$@"; exit $?', 'sh', ...command]
  const levels: [string, string[], boolean][] = [
    ['the shell that started it', shell(COMMAND), process.platform !== 'win32'],
    ['npm behind that shell', shell(shell(COMMAND)), process.platform === 'linux'],
  ]
  test.each(levels.filter(([, , applies]) => applies))('ends when %s is killed', async (_what, command) => {
    const gateway = await start({ command })
    const { gone } = await lifelines(await readUrl(gateway))
    process.kill(gateway.pid, 'SIGKILL')
    await gone
    await gateway.exited
  })
})

describe('the .env file of npm start', () => {
  const withFiles = (files: Record<string, string>, command = COMMAND) =>
    start({ files, command, environment: { LOG_LEVEL: 'warn', CORS_ORIGINS: ' ' } })

  test('gives its variables to the functions, under those of .env.local and of the shell', async () => {
    const gateway = await withFiles({
      '.env':
        '\uFEFFPOINTS_PER_1K_TOKENS="7" # a comment\r\nLOG_LEVEL=debug\r\nCORS_ORIGINS=https://a.example\r\nUSER_TIER=file',
      '.env.local': 'USER_TIER=local\n',
    })
    const { env } = JSON.parse((await ask(await readUrl(gateway), '/health')).text)
    expect(env).toMatchObject({
      POINTS_PER_1K_TOKENS: '7',
      LOG_LEVEL: 'warn',
      CORS_ORIGINS: 'https://a.example',
      USER_TIER: 'local',
    })
    const line = 'Variables: from .env and .env.local; variables of the shell take precedence'
    expect(await gateway.terminal.line(/^Variables/)).toBe(line)
  })

  test('keeps the variables of deployment tools from the functions', async () => {
    const gateway = await withFiles({ '.env': 'TENCENTCLOUD_SECRETKEY=secret\nGATEWAY_TOKEN=token\nGLM_API_KEY=key\n' })
    const { env } = JSON.parse((await ask(await readUrl(gateway), '/health')).text)
    expect(env).toMatchObject({ GLM_API_KEY: 'key' })
    expect(env).not.toHaveProperty('TENCENTCLOUD_SECRETKEY')
    expect(env).not.toHaveProperty('GATEWAY_TOKEN')
  })

  test('chooses the models of npm run dev', async () => {
    const gateway = await withFiles({ '.env': 'MODEL_PROVIDER_MAP=mine\n' }, [...COMMAND, '--dev'])
    const { env } = JSON.parse((await ask(await readUrl(gateway), '/health')).text)
    expect(env).toMatchObject({ MODEL_PROVIDER_MAP: 'mine', DISABLE_AUTH: 'true' })
  })

  test('is not read with --no-env-file', async () => {
    const gateway = await withFiles({ '.env': 'GLM_API_KEY=key\n' }, [...COMMAND, '--no-env-file'])
    const { env } = JSON.parse((await ask(await readUrl(gateway), '/health')).text)
    expect(env).not.toHaveProperty('GLM_API_KEY')
    await gateway.terminal.line(/curl -N/)
    expect(gateway.terminal.lines.filter((text) => text.startsWith('Variables'))).toEqual([])
  })
})

describe('the language and the log of npm start', () => {
  const logs = `
    console.log(JSON.stringify({ level: 'info', event: 'request', time: new Date().toISOString(), status: 200, method: 'GET', path: '/health', duration_ms: 1 }))
    setInterval(() => {}, 1000)
    require('node:http').createServer().listen(Number(process.env.PORT), process.env.HOST)
  `
  const built = { ...sources, 'llm-health': logs }

  test('are Chinese in a Chinese locale, even in the errors', async () => {
    const gateway = await start({ environment: { LC_ALL: 'zh_CN.UTF-8' } })
    expect(await gateway.terminal.line(/^网关已启动：http/)).toMatch(/（按 Ctrl-C 结束）$/)
    await gateway.terminal.line(/npm run chat -- --url=http:\/\/127\.0\.0\.1:\d+ "数到12"$/)
    const unbuilt = await start({ built: {}, environment: { LC_ALL: 'zh_CN.UTF-8' } })
    await unbuilt.exited
    expect(unbuilt.errors()).toEqual(['error: 缺少已构建的函数 llm-health。请先运行 npm run build。'])
  })

  test('take LC_ALL from .env', async () => {
    const gateway = await start({ files: { '.env': 'LC_ALL=zh_CN.UTF-8\n' }, environment: { LC_ALL: '', LANG: 'C' } })
    expect(await gateway.terminal.line(/^(网关已启动|The gateway listens)/)).toMatch(/^网关已启动/)
  })

  test('keep JSON lines if standard output is no terminal', async () => {
    const gateway = await start({ built })
    expect(await gateway.terminal.line(/^llm-health \| /)).toMatch(/^llm-health \| \{"level":"info","event":"request"/)
  })

  test('shorten JSON lines with LOG_FORMAT=text, from .env too, and keep the variable from the functions', async () => {
    const gateway = await start({ built, files: { '.env': 'LOG_FORMAT=text\n' } })
    expect(await gateway.terminal.line(/GET \/health/)).toMatch(/^\d\d:\d\d:\d\d 200 GET \/health 1 ms$/)
    const { env } = JSON.parse((await ask(await readUrl(gateway), '/admin/reload')).text)
    expect(env).not.toHaveProperty('LOG_FORMAT')
  })

  test('refuse a LOG_FORMAT that is none', async () => {
    const gateway = await start({ environment: { LOG_FORMAT: 'pretty' } })
    expect(await gateway.exited).toEqual([1, null])
    expect(gateway.errors()).toEqual(["error: LOG_FORMAT is 'pretty'. Use one of text, json."])
  })
})

describe('npm run dev', () => {
  test('adds the embedded model, lets callers in without a token and keeps usage records in a file', async () => {
    const gateway = await start({ command: [...COMMAND, '--dev'] })
    const url = await readUrl(gateway)
    expect(await gateway.terminal.line(/^Usage records: /)).toMatch(/\.local.usage\.jsonl$/)
    expect(await gateway.terminal.line(/curl -N/)).not.toContain('Authorization')
    const { env } = JSON.parse((await ask(url, '/health')).text)
    expect(env).toMatchObject({ DISABLE_AUTH: 'true', ALLOW_PRIVATE_UPSTREAMS: 'true', USAGE_STORE: 'file' })
    const { api_base, api_key_env } = JSON.parse(env.MODEL_PROVIDER_MAP).tiny
    const headers = { Authorization: `Bearer ${env[api_key_env]}` }
    const { origin, pathname } = new URL(`${api_base}/models`)
    expect(await ask(origin, pathname, { headers })).toMatchObject({ status: 200 })
    expect(await ask(origin, pathname)).toMatchObject({ status: 401 })
  })

  test('serves the models of the developer', async () => {
    const gateway = await start({ command: [...COMMAND, '--dev'], environment: { MODEL_PROVIDER_MAP: '{"mine":{}}' } })
    const { env } = JSON.parse((await ask(await readUrl(gateway), '/health')).text)
    expect(env).toMatchObject({ MODEL_PROVIDER_MAP: '{"mine":{}}', DISABLE_AUTH: 'true' })
  })
})

describe('npm start with a problem', () => {
  const fails = async (gateway: Awaited<ReturnType<typeof start>>, message: string) => {
    expect(await gateway.exited).toEqual([1, null])
    expect(gateway.errors().at(-1)).toBe(`error: ${message}`)
    return gateway.errors()
  }

  test('shows the fix in one line if its port is in use', async () => {
    const { port, close } = await listen((_request, response) => response.end())
    cleanUps.push(close)
    const message = `Port ${port} is in use. Stop the other program, or set PORT=${port + 1} in .env or in the shell.`
    expect(await fails(await start({ environment: { PORT: String(port) } }), message)).toHaveLength(1)
  })

  test('shows the fix in one line if PORT is not a port', async () => {
    const message = "PORT is 'abc', which is not a port. Use a number up to 65535, as in PORT=3000."
    expect(await fails(await start({ environment: { PORT: 'abc' } }), message)).toHaveLength(1)
  })

  test('shows the fix in one line if a built function is missing', async () => {
    const message = 'The built function llm-health is missing. Run npm run build first.'
    expect(await fails(await start({ built: {} }), message)).toHaveLength(1)
  })

  test('shows which function does not start, and the reason', async () => {
    const broken = { ...sources, 'llm-completions': "console.error('MYSQL_DSN is no DSN.'); process.exit(1)" }
    const gateway = await start({ built: broken })
    const ending = '(exit code 1, last words: MYSQL_DSN is no DSN.)'
    const lines = await fails(gateway, `llm-completions ended before it listened ${ending}.`)
    expect(lines).toHaveLength(2)
  })
})
