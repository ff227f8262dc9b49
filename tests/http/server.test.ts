import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { readBody } from '../../shared/http/read-body.ts'
import { type Handler, jsonReply } from '../../shared/http/request.ts'
import { serve } from '../../shared/http/server.ts'
import type { LogFields } from '../../shared/runtime/log.ts'
import { waitForListening } from '../../testing/servers/loopback-server.ts'
import { openRawSocket } from '../../testing/servers/raw-exchange.ts'
import { captureLog } from '../support/capture-log.ts'
import { type Served, serveHandler } from '../support/serve-handler.ts'

let served: Served | undefined

const serving = async (handler: Handler): Promise<Served> => {
  served = await serveHandler(handler)
  return served
}

afterEach(async () => {
  await served?.close()
  served = undefined
})

describe('a streamed reply', () => {
  test('is sent piece by piece: the client reads the first before the second is written', async () => {
    let goOn: () => void = () => undefined
    const read = new Promise<void>((resolve) => (goOn = resolve))
    const { url } = await serving(() =>
      Promise.resolve({
        status: 200,
        body: async (response) => {
          response.write('first')
          await read
          response.end('second')
        },
      }),
    )
    const reply = await fetch(`${url}/v1/things`, { method: 'POST' })
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first')
    goOn()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('second')
    expect((await reader.read()).done).toBe(true)
  })

  test('is cut if it fails midway, and never ends like a whole one', async () => {
    const { url, lines } = await serving(() =>
      Promise.resolve({
        status: 200,
        body: async (response) => {
          await new Promise((resolve) => response.write('half', resolve))
          throw new Error('midway')
        },
      }),
    )
    const reply = await fetch(`${url}/v1/things`, { method: 'POST' })
    await expect(reply.text()).rejects.toThrow()
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', event: 'reply_failed' }))
  })
})

describe('a client that leaves', () => {
  test('aborts the signal of its request', async () => {
    let onAbort: () => void = () => undefined
    const aborted = new Promise<void>((resolve) => (onAbort = resolve))
    const { port } = await serving(async (request) => {
      request.signal.addEventListener('abort', onAbort)
      await aborted
      return jsonReply({})
    })
    const socket = connect(port, '127.0.0.1')
    socket.write('POST /v1/things HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n')
    await once(socket, 'connect')
    setImmediate(() => socket.destroy())
    await aborted
  })

  test('does not affect other requests if it is in the middle of its body', async () => {
    const { port, url } = await serving(async (request) =>
      jsonReply({ text: (await readBody(request.message, 1000)).toString() }),
    )
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('POST /v1/things HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf')
    socket.destroy()
    expect((await fetch(`${url}/v1/things`, { method: 'POST', body: 'x' })).status).toBe(200)
  })
})

test('removes the listeners of pipelined requests from their connection', async () => {
  const listeners: number[] = []
  const { port } = await serving(async ({ message }) => {
    await new Promise(setImmediate)
    listeners.push(message.socket.listenerCount('close'))
    return jsonReply({})
  })
  const request = 'POST /v1/things HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'
  const socket = await openRawSocket(port, request)
  await once(socket, 'data')
  socket.write(request.repeat(20))
  while (listeners.length < 21) await once(socket, 'data')
  await new Promise((resolve) => setTimeout(resolve, 20))
  socket.write(request)
  while (listeners.length < 22) await once(socket, 'data')
  socket.destroy()
  expect(listeners.at(-1)).toBe(listeners[0])
})

describe('the log', () => {
  test('has one line per request, with the fields of the handler and without the query', async () => {
    const { url, lines } = await serving((request) => {
      request.annotate({ model: 'glm-4.5' })
      return Promise.resolve(jsonReply({}))
    })
    const reply = await fetch(`${url}/v1/things?token=secret`, { method: 'POST' })
    await reply.text()
    expect(lines.filter((line) => line.event === 'request')).toEqual([
      {
        level: 'info',
        event: 'request',
        fields: {
          request_id: reply.headers.get('x-request-id'),
          method: 'POST',
          path: '/v1/things',
          status: 200,
          duration_ms: expect.any(Number),
          queue_ms: expect.any(Number),
          model: 'glm-4.5',
        },
      },
    ])
  })
})

describe('the end of a request', () => {
  test('is reported with the fields of its log line', async () => {
    const ended: LogFields[] = []
    const { log, lines } = captureLog()
    const handler: Handler = (request) => {
      request.annotate({ model: 'glm-4.5' })
      return Promise.resolve(jsonReply({}))
    }
    const options = { host: '127.0.0.1', port: 0, log, newRequestId: randomUUID }
    const server = serve(handler, { ...options, onRequestEnd: (fields) => void ended.push(fields) })
    const { url, close } = await waitForListening(server)
    await (await fetch(url)).text()
    await close()
    expect(ended).toEqual([expect.objectContaining({ model: 'glm-4.5', status: 200, duration_ms: expect.any(Number) })])
    expect(lines.map(({ fields }) => fields)).toEqual(ended)
  })
})

describe('a port in use', () => {
  test('ends the process with one line that explains what to do, and a failing exit code', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const { log, lines } = captureLog()
    const before = process.exitCode
    const server = serve(() => Promise.resolve(jsonReply({})), {
      host: '127.0.0.1',
      port,
      log,
      newRequestId: randomUUID,
    })
    await once(server, 'error')
    expect(lines).toEqual([
      {
        level: 'error',
        event: 'listen_failed',
        fields: expect.objectContaining({ port, help: expect.stringContaining('set PORT') }),
      },
    ])
    expect(process.exitCode).toBe(1)
    process.exitCode = before
    other.close()
    await once(other, 'close')
  })
})
