import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { settledSockets } from '../support/open-sockets.ts'
import { type RawExchange, rawExchange, rawSocket, readReplies } from '../support/raw-exchange.ts'

const ask = 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n'

/** A deployed function ends what does not become a request in 10 s, and looks every 2 s. */
const limitMs = 10_000
const graceMs = 5_000

const answers = async (port: number, ms = 1_000): Promise<boolean> =>
  (await rawExchange(port, ask, { count: 1, ms })).replies[0]?.status === 200

interface Health {
  readonly port: number
  readonly pid: number | undefined
  readonly stop: () => Promise<void>
}

/** Starts the built health function with no more file descriptors than are given. */
const startHealth = async (descriptors: number): Promise<Health> => {
  const port = await freePort()
  const child = spawn('/bin/sh', ['-c', `ulimit -n ${descriptors} && exec "$0" index.js`, process.execPath], {
    cwd: 'dist/functions/llm-health',
    env: { HOST: '127.0.0.1', PORT: String(port) },
    stdio: 'ignore',
  })
  for (let tries = 0; tries < 200; tries++) {
    if (await answers(port).catch(() => false)) break
    await wait(25)
  }
  return {
    port,
    pid: child.pid,
    stop: async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

let roomy: Health
let cramped: Health
let crowd: Socket[]
let answeredInTheCrowd: boolean

beforeAll(async () => {
  ;[roomy, cramped] = await Promise.all([startHealth(1024), startHealth(100)])
  crowd = await Promise.all(Array.from({ length: 200 }, () => rawSocket(cramped.port)))
  answeredInTheCrowd = await answers(cramped.port)
}, 30_000)

afterAll(async () => {
  await roomy.stop()
  await cramped.stop()
})

/** Sends a head byte by byte, all the time. */
const drip = async (port: number): Promise<RawExchange> => {
  const socket = await rawSocket(port, 'GET /health HTTP/1.1\r\nhost: x\r\nx-slow: ')
  const reading = readReplies(socket, { ms: limitMs + graceMs })
  for (let bytes = 0; bytes < 150 && !socket.destroyed; bytes++) {
    socket.write('a')
    await wait(100)
  }
  return reading
}

describe('a built function, with the limits that are deployed', () => {
  test(
    'answers beside 200 idle connections and a slow sender, and has ended them all after 10 s',
    async () => {
      const startedAt = performance.now()
      const slow = drip(roomy.port)
      const idle = await Promise.all(
        Array.from({ length: 200 }, async () => readReplies(await rawSocket(roomy.port), { ms: limitMs + graceMs })),
      ).catch(() => [])
      expect(performance.now() - startedAt).toBeLessThan(limitMs + graceMs)
      expect(idle).toHaveLength(200)
      expect(idle.every(({ replies, ended }) => ended && replies.length === 0)).toBe(true)
      expect(await slow).toMatchObject({ replies: [{ status: 408, headers: { connection: 'close' } }], ended: true })
      expect(await settledSockets(roomy.pid, 1)).toBe(1)
      expect(await answers(roomy.port)).toBe(true)
    },
    2 * (limitMs + graceMs),
  )

  test('answers at once while 200 idle connections are open (R57)', async () => {
    const idle = await Promise.all(Array.from({ length: 200 }, () => rawSocket(roomy.port)))
    expect(await answers(roomy.port, limitMs / 2)).toBe(true)
    for (const socket of idle) socket.destroy()
  })

  test(
    'outlives more connections than it has file descriptors, and answers when the idle ones are ended',
    async () => {
      expect(answeredInTheCrowd).toBe(false)
      let answered = false
      for (let tries = 0; tries < 30 && !answered; tries++) {
        await wait(500)
        answered = await answers(cramped.port)
      }
      expect(answered).toBe(true)
      for (const socket of crowd) socket.destroy()
      expect(await settledSockets(cramped.pid, 1)).toBe(1)
    },
    2 * (limitMs + graceMs),
  )
})
