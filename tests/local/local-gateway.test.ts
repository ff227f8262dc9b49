import { afterEach, describe, expect, test } from '@jest/globals'
import type { CloudFunction } from '../../scripts/functions.ts'
import { type LocalGatewayOptions, startLocalGateway } from '../../scripts/local/local-gateway.ts'
import { distribution, echoingEvent, tellingFunction } from './distribution.ts'
import { ask, lifeline, listen } from './loopback.ts'
import { recordedTerminal } from './recorded-terminal.ts'

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const functions: CloudFunction[] = [
  { folder: 'one', name: 'llm-one', kind: 'HTTP', routes: ['/one', '/also'] },
  { folder: 'two', name: 'llm-two', kind: 'HTTP', routes: ['/two'] },
  { folder: 'tick', name: 'llm-tick', kind: 'Event', timer: { name: 'every-second', cron: '* * * * * * *' } },
]
const sources = { 'llm-one': tellingFunction, 'llm-two': tellingFunction, 'llm-tick': echoingEvent }

const start = async (built: Record<string, string>, options: Partial<LocalGatewayOptions> = {}) => {
  const { folder, remove } = await distribution(built)
  cleanUps.push(remove)
  const terminal = recordedTerminal()
  const environment = { ...process.env, GREETING: 'hello' }
  const listening = { host: '127.0.0.1', port: 0 }
  const starting = startLocalGateway({
    distribution: folder,
    functions,
    environment,
    terminal,
    ...listening,
    ...options,
  })
  starting.then(
    ({ close }) => cleanUps.push(close),
    () => undefined,
  )
  return { starting, terminal }
}

const describeFunction = async (url: string, path: string) => JSON.parse((await ask(url, path)).text)

describe('the local gateway', () => {
  test('runs each HTTP function in its own process behind one address', async () => {
    const { url } = await (await start(sources)).starting
    const [one, also, two] = [
      await describeFunction(url, '/one/x?y'),
      await describeFunction(url, '/also'),
      await describeFunction(url, '/two'),
    ]
    expect(one).toMatchObject({ url: '/one/x?y', cwd: expect.stringMatching(/llm-one$/), env: { GREETING: 'hello' } })
    expect(also.pid).toBe(one.pid)
    expect(two.pid).not.toBe(one.pid)
  })

  test('strips the prefix of a route when asked to', async () => {
    const { url } = await (await start(sources, { pathTransmission: false })).starting
    expect(await describeFunction(url, '/one/x?y')).toMatchObject({ url: '/x?y' })
  })

  test('serves again after a function has exited', async () => {
    const { starting, terminal } = await start(sources)
    const { url } = await starting
    const { pid } = await describeFunction(url, '/one')
    expect(await ask(url, '/one/exit')).toMatchObject({ status: 503 })
    await terminal.line(/llm-one ended \(exit code 7\)\. Starting a new instance\./)
    let reply = await ask(url, '/one')
    for (let attempt = 0; attempt < 500 && reply.status === 503; attempt += 1) reply = await ask(url, '/one')
    expect(JSON.parse(reply.text).pid).not.toBe(pid)
  })

  test('invokes Event functions by their timers', async () => {
    const { starting, terminal } = await start(sources)
    await starting
    const line = await terminal.line(/llm-tick \| invoked/)
    expect(JSON.parse(line.replace(/^.*invoked /, ''))).toMatchObject({ Type: 'Timer', TriggerName: 'every-second' })
  })

  test('logs a failed invocation and keeps serving', async () => {
    const failing = "exports.main = async () => { throw new Error('the store is away') }"
    const { starting, terminal } = await start({ ...sources, 'llm-tick': failing })
    const { url } = await starting
    expect(await terminal.line(/^error/)).toBe('error: llm-tick failed: the store is away')
    expect(await ask(url, '/one')).toMatchObject({ status: 200 })
  })

  test('leaves nothing running when it closes', async () => {
    const { starting, terminal } = await start(sources)
    const { url, close } = await starting
    await terminal.line(/llm-tick \| invoked/)
    const { env } = await describeFunction(url, '/one')
    const { gone } = await lifeline(Number(env.PORT))
    await close()
    await gone
    await expect(ask(url, '/one')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(terminal.lines.filter((line) => line.startsWith('error'))).toEqual([])
  })

  test('shows the fix if a built function is missing', async () => {
    const { starting } = await start({ 'llm-one': tellingFunction })
    await expect(starting).rejects.toThrow('The built function llm-two is missing. Run npm run build first.')
  })

  test('shows the fix if its port is in use, and starts nothing', async () => {
    const { port, close } = await listen((_request, response) => response.end())
    cleanUps.push(close)
    const { starting, terminal } = await start(sources, { port })
    const message = `Port ${port} is in use. Stop the other program, or set PORT=${port + 1} in .env or in the shell.`
    await expect(starting).rejects.toThrow(message)
    expect(terminal.lines).toEqual([])
  })

  test('stops the other functions if one does not start', async () => {
    const polite = `process.on('SIGTERM', () => { console.log('bye'); process.exit() });${tellingFunction}`
    const broken = "throw new Error('no key')"
    const { starting, terminal } = await start({ ...sources, 'llm-one': polite, 'llm-two': broken })
    const message = 'llm-two ended before it listened (exit code 1, last words: Error: no key).'
    await expect(starting).rejects.toThrow(message)
    expect(terminal.lines).toContain('llm-one | bye')
  })
})
