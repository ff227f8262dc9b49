import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { createServer as createSecureServer, request as requestSecurely } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Agents, createAgents } from '../../../shared/providers/transport/agents.ts'
import { selfSignedCertificate } from '../../../testing/stand-ins/tencent-cloud/certificate.ts'
import { caller, routeTo } from '../../support/call-provider.ts'

const answer = JSON.stringify({ choices: [{ index: 0, message: { content: 'ok' }, finish_reason: 'stop' }] })

let server: Server
let sockets: Socket[]
let requests: number
let keepAlive: string | undefined

beforeEach(async () => {
  sockets = []
  requests = 0
  keepAlive = undefined
  server = createServer((message, response) => {
    requests += 1
    message.resume().once('end', () => {
      if (keepAlive) response.setHeader('keep-alive', keepAlive)
      response.end(answer)
    })
  })
  server.keepAliveTimeout = 0
  server.on('connection', (socket) => sockets.push(socket.on('error', () => undefined)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const url = () => new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`)
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

/** Sends a request over a pool and waits until its connection is idle. */
const ask = async (pools: Agents, to = url()): Promise<void> => {
  const send = to.protocol === 'https:' ? requestSecurely : request
  const asking = send(to, { agent: pools.getAgent(to) }).end()
  const [message] = (await once(asking, 'response')) as [IncomingMessage]
  pools.readKeepAlive(message)
  message.resume()
  await once(message, 'end')
  await soon()
}

describe('an idle connection', () => {
  test.each([
    [undefined, 3_900, true],
    [undefined, 4_100, false],
    ['timeout=20, max=100', 18_900, true],
    ['timeout=20, max=100', 19_100, false],
    ['timeout=3', 2_100, false],
    ['timeout=86400', 58_900, true],
    ['timeout=86400', 59_100, false],
    ['max=100', 3_900, true],
  ])('is used again, with the keep-alive header %j, after %i ms: %s', async (header, idleMs, again) => {
    keepAlive = header
    for (const clock of [0, 1]) {
      const clocks: [number, number] = [1_000, 1_000]
      const before = sockets.length
      const pools = createAgents({}, () => [clocks[0], clocks[1]])
      await ask(pools)
      clocks[clock] = 1_000 + idleMs
      await ask(pools)
      expect(sockets.length - before).toBe(again ? 1 : 2)
      pools.getAgent(url()).destroy()
    }
  })

  test('is used again over TLS by the same rules', async () => {
    const certificate = selfSignedCertificate([])
    const secure = createSecureServer(certificate, (_message, response) => response.end(answer)).listen(0, '127.0.0.1')
    await once(secure, 'listening')
    let connections = 0
    secure.on('secureConnection', () => connections++)
    let time = 1_000
    const options: object = { ca: certificate.cert }
    const pools = createAgents(options, () => [time, time])
    const to = new URL(`https://127.0.0.1:${(secure.address() as AddressInfo).port}/v1`)
    const seen: number[] = []
    for (const passedMs of [0, 3_900, 4_100]) {
      time += passedMs
      await ask(pools, to)
      seen.push(connections)
    }
    pools.getAgent(to).destroy()
    secure.close()
    expect(seen).toEqual([1, 1, 2])
  })

  test('is closed if it is too old, with all older ones', async () => {
    let time = 1_000
    const pools = createAgents({}, () => [time, time])
    await Promise.all([ask(pools), ask(pools), ask(pools)])
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')))
    time += 5_000
    await ask(pools)
    await closed
    expect(sockets.length).toBe(4)
    pools.getAgent(url()).destroy()
  })
})

describe('a kept-alive connection that the provider has closed', () => {
  const largeBody = { user: 'x'.repeat(5_000_000) }

  test.each([
    ['is not used if the close is known', (socket: Socket) => void socket.destroy(), soon, {}],
    ['is replaced at no cost if a write fails', (socket: Socket) => void socket.resetAndDestroy(), undefined, {}],
    ['is replaced at no cost if a write fails midway', (socket: Socket) => void socket.destroy(), undefined, largeBody],
  ])('%s', async (_name, close, wait, body) => {
    const call = caller()
    const route = routeTo(url().origin)
    await call(route, {})
    await soon()
    close(sockets[0] as Socket)
    await wait?.()
    expect((await call(route, body)).heard).toBe('ok')
    expect([requests, sockets.length]).toEqual([2, 2])
  })
})
