import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { type HttpRequest, sendRequest } from '../../shared/drivers/http-request.ts'
import { ageingProxy, type OldConnections } from '../../testing/servers/ageing-proxy.ts'
import { type LoopbackServer, loopbackServer } from '../../testing/servers/loopback-server.ts'

let server: LoopbackServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

const startServer = async (listener: RequestListener): Promise<LoopbackServer> => {
  server = await loopbackServer(listener)
  return server
}

/** Serves a listener and returns a function that sends a request to it. */
const serving = async (listener: RequestListener) => {
  const { url } = await startServer(listener)
  return (options: Partial<HttpRequest> = {}) =>
    sendRequest({ url: new URL(url), headers: {}, timeoutMs: 5_000, ...options })
}

const readText = async (message: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = []
  for await (const piece of message) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}

describe('a request', () => {
  test('sends method, headers, body and its length in bytes, and resolves to status and text', async () => {
    const send = await serving(({ method, headers }, response) => {
      const { authorization, 'content-length': length } = headers
      response.writeHead(201).end(JSON.stringify({ method, authorization, length }))
    })
    const reply = await send({ method: 'POST', headers: { authorization: 'Bearer x' }, body: '{"a":"你"}' })
    expect(reply.status).toBe(201)
    expect(JSON.parse(reply.text)).toEqual({ method: 'POST', authorization: 'Bearer x', length: '11' })
  })

  test('arrives with its whole body, in UTF-8', async () => {
    const send = await serving(async (message, response) => void response.end(await readText(message)))
    expect((await send({ method: 'POST', body: '你好'.repeat(5_000) })).text).toBe('你好'.repeat(5_000))
  })

  test('does not follow a redirect', async () => {
    let requests = 0
    const send = await serving((_, response) => {
      requests += 1
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect((await send()).status).toBe(302)
    expect(requests).toBe(1)
  })
})

describe('a kept-alive connection', () => {
  /** Replies to the first request of each connection, and destroys the connection at the second. */
  const replyOnce =
    (requests: Socket[]): RequestListener =>
    ({ socket }, response) => {
      const isReused = requests.includes(socket)
      requests.push(socket)
      if (isReused) socket.destroy()
      else response.end('reply')
    }

  test('is used again', async () => {
    const sockets: Socket[] = []
    const send = await serving(({ socket }, response) => {
      sockets.push(socket)
      response.end()
    })
    await send()
    await send()
    expect(sockets[1]).toBe(sockets[0])
  })

  test('is replaced by a new one if it is closed when the request is sent', async () => {
    const requests: Socket[] = []
    const send = await serving(replyOnce(requests))
    await send()
    expect(await send({ method: 'POST', body: 'x' })).toEqual({ status: 200, text: 'reply' })
    expect(requests).toHaveLength(3)
    expect(requests[2]).not.toBe(requests[0])
  })

  test.each<OldConnections>(['swallow', 'reset'])('is not used after a suspension: %s', async (failure) => {
    const { url } = await startServer((_, response) => void response.end('reply'))
    const proxy = await ageingProxy(Number(new URL(url).port))
    const send = () => sendRequest({ url: new URL(`http://127.0.0.1:${proxy.port}`), headers: {}, timeoutMs: 5_000 })
    try {
      await Promise.all([send(), send()])
      expect(proxy.makeOld(failure)).toBe(2)
      const now = Date.now()
      jest.spyOn(Date, 'now').mockImplementation(() => now + 5_000)
      expect(await Promise.all([send(), send()])).toEqual(Array(2).fill({ status: 200, text: 'reply' }))
    } finally {
      jest.restoreAllMocks()
      await proxy.close()
    }
  })

  test('is replaced only once', async () => {
    const requests: Socket[] = []
    const send = await serving(({ socket }, response) => {
      requests.push(socket)
      if (requests.length === 1) response.end()
      else socket.destroy()
    })
    await send()
    await expect(send()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(requests).toHaveLength(3)
  })

  test('is not replaced if the connection was new: the server itself refuses', async () => {
    let requests = 0
    const send = await serving(({ socket }) => {
      requests += 1
      socket.destroy()
    })
    await expect(send()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(requests).toBe(1)
  })
})

describe('a response', () => {
  test('is read whole up to 64 KB, and refused with one byte more', async () => {
    let size = 65_536
    const send = await serving((_, response) => void response.end('x'.repeat(size)))
    expect((await send()).text).toHaveLength(size)
    size += 1
    await expect(send()).rejects.toThrow('too large')
  })

  test('is refused at the same bound if it has no end', async () => {
    const closed: unknown[] = []
    const send = await serving((_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(16_384)), 1)
      response.once('close', () => {
        clearInterval(timer)
        closed.push('closed')
      })
    })
    await expect(send()).rejects.toThrow('too large')
    while (closed.length === 0) await new Promise(setImmediate)
  })

  test.each<[string, RequestListener]>([
    ['that never begins', () => undefined],
    ['that stops after its status', (_, response) => response.flushHeaders()],
    ['that stops in its body', (_, response) => void response.write('half')],
  ])('%s rejects with ETIMEDOUT when the time is over', async (_, listener) => {
    const send = await serving(listener)
    await expect(send({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  })

  test('resolves with its status before its body ends, if that is dropped', async () => {
    const send = await serving((_, response) => {
      response.writeHead(202).write('x'.repeat(100_000))
    })
    expect(await send({ dropBody: true })).toEqual({ status: 202, text: '' })
  })

  test('does no harm if its dropped body is cut or never ends', async () => {
    const sockets: Socket[] = []
    const send = await serving(({ socket }, response) => {
      sockets.push(socket)
      response.writeHead(200).write('half')
      if (sockets.length === 1) setTimeout(() => socket.destroy(), 20)
    })
    expect(await send({ dropBody: true, timeoutMs: 1_000 })).toEqual({ status: 200, text: '' })
    expect(await send({ dropBody: true, timeoutMs: 1_000 })).toEqual({ status: 200, text: '' })
    const last = sockets[1] as Socket
    if (!last.destroyed) await once(last, 'close')
    expect(last.destroyed).toBe(true)
  })
})
