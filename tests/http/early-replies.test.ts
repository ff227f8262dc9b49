import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { jsonReply } from '../../shared/http/request.ts'
import { openRawSocket, type RawExchange, rawExchange, readReplies } from '../../testing/servers/raw-exchange.ts'
import { sendBeforeReading } from '../support/send-before-reading.ts'
import { type Served, serveHandler } from '../support/serve-handler.ts'

const megabytes = 3

let served: Served | undefined

const serving = async (limits = {}): Promise<Served> => {
  served = await serveHandler(() => Promise.resolve(jsonReply({ early: true })), { limits })
  return served
}

afterEach(async () => {
  await served?.close()
  served = undefined
})

describe('a reply that needs no body', () => {
  test.each([
    ['a connection that closes', 'connection: close\r\n', 200],
    ['a connection that stays', '', 200],
    ['a message with a fault', 'host: other\r\n', 400],
  ])(
    'reaches every client that sends 3 MB before it reads, over %s',
    async (_, header, status) => {
      const { port } = await serving()
      const head = `POST /v1/things HTTP/1.1\r\nhost: x\r\n${header}`
      const tries = Array.from({ length: 20 }, () => sendBeforeReading(port, head, megabytes))
      const statuses = (await Promise.all(tries)).map(({ replies }) => replies.map((reply) => reply.status))
      expect(statuses).toEqual(tries.map(() => [status]))
    },
    60_000,
  )

  test('leaves its connection usable', async () => {
    const { url, server } = await serving()
    let connections = 0
    server.on('connection', () => (connections += 1))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let tries = 0; tries < 5; tries++) {
      const outgoing = request(`${url}/v1/things`, { agent, method: 'POST' })
      outgoing.end(Buffer.alloc(megabytes * 1_000_000))
      const [message] = await once(outgoing, 'response')
      message.resume()
      await once(message, 'end')
      expect(message.statusCode).toBe(200)
      await wait(20)
    }
    agent.destroy()
    expect(connections).toBe(1)
  })

  test('is sent if the rest of the body does not come in time, and the connection is closed', async () => {
    const { port } = await serving({ unreadBodyTimeout: 100 })
    const head = 'POST /v1/things HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n'
    const exchange: RawExchange = await rawExchange(port, head)
    expect(exchange).toMatchObject({ replies: [{ status: 200, headers: { connection: 'close' } }], ended: true })
  })

  test('reads at most 48 MB of an endless body', async () => {
    const { port } = await serving()
    const head = 'POST /v1/things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n'
    const socket = await openRawSocket(port, head)
    const reading = readReplies(socket, { ms: 30_000 })
    const megabyte = `100000\r\n${'x'.repeat(1_048_576)}\r\n`
    let sent = 0
    for (; sent < 200 && !socket.destroyed; sent++) await new Promise((resolve) => socket.write(megabyte, resolve))
    expect(await reading).toMatchObject({ replies: [{ status: 200 }], ended: true })
    expect(sent).toBeLessThan(60)
  }, 60_000)
})
