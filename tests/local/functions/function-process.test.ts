import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type FunctionProcess, startFunctionProcess } from '../../../scripts/local/functions/function-process.ts'
import { distribution, tellingFunction } from '../distribution.ts'
import { ask } from '../loopback.ts'
import { recordedTerminal } from '../recorded-terminal.ts'

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** Starts `source` as the function `llm-fixture`. */
const start = async (source: string, options: { readyTimeoutMs?: number } = {}) => {
  const built = await distribution({ 'llm-fixture': source })
  cleanUps.push(built.remove)
  const folder = join(built.folder, 'llm-fixture')
  const terminal = recordedTerminal()
  const environment = { ...process.env, GREETING: 'hello', PORT: '3000' }
  const running = startFunctionProcess({ name: 'llm-fixture', folder, environment, terminal, ...options })
  running.then(
    (started) => cleanUps.push(started.stop),
    () => undefined,
  )
  return { running, terminal, folder }
}

const describeFunction = async ({ host, port }: FunctionProcess, path = '/') =>
  JSON.parse((await ask(`http://${host}:${port}`, path)).text)

/** The description of the function by its new instance. */
const describeNewInstance = async (running: FunctionProcess) => {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const description = await describeFunction(running).catch(() => delay(10))
    if (description) return description
  }
  throw new Error('No new instance served.')
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('an HTTP function', () => {
  test('listens on HOST and PORT, in its folder, with the given environment', async () => {
    const { running, folder } = await start(tellingFunction)
    const { env, cwd, pid } = await describeFunction(await running)
    expect(env).toMatchObject({ HOST: '127.0.0.1', PORT: String((await running).port), GREETING: 'hello' })
    expect(cwd).toBe(await realpath(folder))
    expect(pid).not.toBe(process.pid)
  })

  test('writes to the terminal line by line behind its name', async () => {
    const noisy = `process.stdout.write('one\\ntw'); process.stdout.write('o\\n'); console.error('three');${tellingFunction}`
    const { running, terminal } = await start(noisy)
    await running
    await terminal.line(/three/)
    await terminal.line(/two/)
    expect(terminal.lines).toEqual(expect.arrayContaining(['llm-fixture | one', 'llm-fixture | two']))
    expect(terminal.lines).toContain('error: llm-fixture | three')
  })

  test.each([
    ['throws', "throw new Error('MYSQL_DSN is no DSN')", 'exit code 1', 'Error: MYSQL_DSN is no DSN'],
    ['exits', "console.error('no key\\n'); process.exit(3)", 'exit code 3', 'no key'],
    [
      'is killed',
      "console.error('short\\n  of memory'); process.kill(process.pid, 'SIGKILL')",
      'signal SIGKILL',
      'short',
    ],
  ])(
    'rejects with the reason and the last error line if the process %s before it listens',
    async (_what, source, how, words) => {
      const { running } = await start(source)
      await expect(running).rejects.toThrow(`llm-fixture ended before it listened (${how}, last words: ${words}).`)
    },
  )

  test('ends a process that never listens, and rejects', async () => {
    const { running, terminal } = await start('console.log(process.pid); setInterval(() => undefined, 1000)', {
      readyTimeoutMs: 4_000,
    })
    await expect(running).rejects.toThrow('llm-fixture did not listen on PORT within 4 s.')
    expect(isAlive(Number((await terminal.line(/\d+/)).split('| ')[1]))).toBe(false)
  })

  test('restarts after an exit, and logs one line', async () => {
    const { running, terminal } = await start(tellingFunction)
    const first = await describeFunction(await running)
    await expect(describeFunction(await running, '/exit')).rejects.toThrow()
    const second = await describeNewInstance(await running)
    expect(second.pid).not.toBe(first.pid)
    expect(terminal.lines.filter((line) => line.startsWith('error'))).toEqual([
      'error: llm-fixture ended (exit code 7). Starting a new instance.',
    ])
  })

  test('waits longer before each restart if the process keeps exiting', async () => {
    const brief = "require('node:net').createServer(() => process.exit(1)).listen(process.env.PORT, process.env.HOST)"
    const { running, terminal } = await start(brief)
    await running
    await terminal.line(/a new instance\.$/)
    await terminal.line(/a new instance in 0\.25 s\.$/)
    await terminal.line(/a new instance in 0\.5 s\.$/)
  })
})

describe('stop', () => {
  test('ends the function by SIGTERM and starts no other', async () => {
    const polite = `process.on('SIGTERM', () => { console.log('bye'); process.exit() });${tellingFunction}`
    const { running, terminal } = await start(polite)
    const { pid } = await describeFunction(await running)
    await (await running).stop()
    expect(isAlive(pid)).toBe(false)
    expect(terminal.lines).toEqual([`llm-fixture | instance ${pid}`, 'llm-fixture | bye'])
  })

  test('kills a function that ignores SIGTERM', async () => {
    const { running } = await start(`process.on('SIGTERM', () => undefined);${tellingFunction}`)
    const { pid } = await describeFunction(await running)
    await (await running).stop()
    expect(isAlive(pid)).toBe(false)
  })

  test('starts no new instance if called during the wait for one', async () => {
    const brief = "require('node:net').createServer(() => process.exit(1)).listen(process.env.PORT, process.env.HOST)"
    const { running, terminal } = await start(brief)
    await running
    await terminal.line(/a new instance in 0\.5 s\.$/)
    await (await running).stop()
    expect(terminal.lines.at(-1)).toMatch(/in 0\.5 s\.$/)
  })
})
