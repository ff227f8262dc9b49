import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type StartedFunction, startFunction } from '../../testing/servers/start-function.ts'

/** The platform freezes an instance between two requests. Its connections to providers may close in that time, and the next
 *  request arrives before the instance sees it. */

const answer = JSON.stringify({ choices: [{ index: 0, message: { content: 'ok' }, finish_reason: 'stop' }] })

let provider: Server
let gateway: StartedFunction
let requests = 0
const sockets: Socket[] = []

beforeAll(async () => {
  provider = createServer((message, response) => {
    requests += 1
    message.resume().once('end', () => response.end(answer))
  })
  provider.keepAliveTimeout = 0
  provider.on('connection', (socket) => sockets.push(socket.on('error', () => undefined)))
  provider.listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const base = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`
  gateway = await startFunction('llm-chat-completions', {
    DISABLE_AUTH: 'true',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: base } }),
  })
})

beforeEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await wait(100)
  requests = 0
})

afterAll(async () => {
  await gateway.stop()
  provider.closeAllConnections()
  provider.close()
})

const chat = (): Promise<Response> =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
  })

test.each([
  ['closed', 300, (socket: Socket) => void socket.end(), 2],
  ['reset', 300, (socket: Socket) => void socket.resetAndDestroy(), 2],
  ['left open, but possibly dropped by the network,', 4_200, () => undefined, 2],
  ['left open', 300, () => undefined, 1],
] as [string, number, (socket: Socket) => void, number][])(
  'serves the next request after a provider connection was %s while the instance was frozen for %i ms',
  async (_name, stillMs, close, connections) => {
    expect((await chat()).status).toBe(200)
    await wait(100)
    gateway.child.kill('SIGSTOP')
    close(sockets[0] as Socket)
    await wait(stillMs)
    const pending = chat()
    await wait(100)
    gateway.child.kill('SIGCONT')
    expect((await pending).status).toBe(200)
    expect([requests, sockets.length]).toEqual([2, connections])
  },
)
