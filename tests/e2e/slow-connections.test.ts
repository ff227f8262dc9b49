import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { freePort } from '../../scripts/local/ports/free-port.ts'
import { countOpenSockets, waitForSockets } from '../../testing/servers/open-sockets.ts'
import { openRawSocket, type RawExchange, rawExchange, readReplies } from '../../testing/servers/raw-exchange.ts'

const request = 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n'

/** A deployed function closes a connection without a complete request after 10 s; it checks every 2 s. */
const limitMs = 10_000
/** The longest that a test waits, in milliseconds. A busy machine may be late. */
const maxWaitMs = 3 * limitMs

const repliesWithin = async (port: number, ms = 1_000): Promise<boolean> =>
  (await rawExchange(port, request, { count: 1, ms })).replies[0]?.status === 200

interface Health {
  readonly port: number
  readonly pid: number | undefined
  readonly stop: () => Promise<void>
}

/** Starts the built health function with a limit of file descriptors. */
const startHealth = async (descriptors: number): Promise<Health> => {
  const port = await freePort()
  const child = spawn('/bin/sh', ['-c', `ulimit -n ${descriptors} && exec "$0" index.js`, process.execPath], {
    cwd: 'dist/functions/llm-health',
    env: { HOST: '127.0.0.1', PORT: String(port) },
    stdio: 'ignore',
  })
  for (let tries = 0; tries < 200; tries++) {
    if (await repliesWithin(port).catch(() => false)) break
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
let repliesInCrowd: boolean

beforeAll(async () => {
  ;[roomy, cramped] = await Promise.all([startHealth(1024), startHealth(100)])
  crowd = await Promise.all(Array.from({ length: 200 }, () => openRawSocket(cramped.port)))
  repliesInCrowd = await repliesWithin(cramped.port)
}, 30_000)

afterAll(async () => {
  await roomy.stop()
  await cramped.stop()
})

/** Sends the headers of a request byte by byte until the connection is closed. */
const drip = async (port: number): Promise<RawExchange> => {
  const socket = await openRawSocket(port, 'GET /health HTTP/1.1\r\nhost: x\r\nx-slow: ')
  const reading = readReplies(socket, { ms: maxWaitMs })
  while (!socket.destroyed) {
    socket.write('a')
    await wait(100)
  }
  return reading
}

describe('a built function with the deployed limits', () => {
  test(
    'closes 200 idle connections and a slow sender, and still replies',
    async () => {
      const slow = drip(roomy.port)
      const idle = await Promise.all(
        Array.from({ length: 200 }, async () => readReplies(await openRawSocket(roomy.port), { ms: maxWaitMs })),
      ).catch(() => [])
      expect(idle).toHaveLength(200)
      expect(idle.every(({ replies, ended }) => ended && replies.length === 0)).toBe(true)
      expect(await slow).toMatchObject({ replies: [{ status: 408, headers: { connection: 'close' } }], ended: true })
      expect(await waitForSockets(roomy.pid, 1)).toBe(1)
      expect(await repliesWithin(roomy.port)).toBe(true)
    },
    2 * maxWaitMs,
  )

  test(
    'replies while 200 idle connections are open (R57)',
    async () => {
      const idle = await Promise.all(Array.from({ length: 200 }, () => openRawSocket(roomy.port)))
      expect(await repliesWithin(roomy.port, maxWaitMs)).toBe(true)
      expect(countOpenSockets(roomy.pid)).toBeGreaterThan(idle.length)
      for (const socket of idle) socket.destroy()
    },
    2 * maxWaitMs,
  )

  test(
    'survives more connections than file descriptors, and replies after it has closed the idle ones',
    async () => {
      expect(repliesInCrowd).toBe(false)
      let replied = false
      for (let tries = 0; tries < 60 && !replied; tries++) {
        await wait(500)
        replied = await repliesWithin(cramped.port)
      }
      expect(replied).toBe(true)
      for (const socket of crowd) socket.destroy()
      expect(await waitForSockets(cramped.pid, 1)).toBe(1)
    },
    2 * maxWaitMs,
  )
})
