import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test } from '@jest/globals'
import { readBody } from '../../shared/http/read-body.ts'
import { type Handler, jsonReply, type Request } from '../../shared/http/request.ts'
import { serverLimits } from '../../shared/http/server-limits.ts'
import { openRawSocket, rawExchange, readReplies } from '../../testing/servers/raw-exchange.ts'
import { type Served, type ServedOptions, serveHandler } from '../support/serve-handler.ts'

let served: Served | undefined

const serving = async (handler: Handler, options?: ServedOptions): Promise<Served> => {
  served = await serveHandler(handler, options)
  return served
}

afterEach(async () => {
  await served?.close()
  served = undefined
})

const readText = async ({ message }: Request): Promise<string> => (await readBody(message, 1000)).toString()

const echo: Handler = async (request) => jsonReply({ text: await readText(request) })

const short = {
  headersTimeout: 200,
  requestTimeout: 400,
  keepAliveTimeout: 300,
  connectionsCheckingInterval: 50,
  unreadBodyTimeout: 200,
  unreadReplyTimeout: 300,
}

const post = (body: string, path = '/v1/things'): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`

const countSockets = ({ server }: Served): Promise<number> =>
  new Promise((resolve) => server.getConnections((_, count) => resolve(count)))

/** Polls until the server holds no connection any more. */
const untilNoSocket = async (server: Served): Promise<number> => {
  for (let tries = 0; tries < 100 && (await countSockets(server)) > 0; tries++) await wait(20)
  return countSockets(server)
}

/** Writes a byte every 20 ms until the connection is closed. */
const drip = async (socket: Socket, byte: string): Promise<void> => {
  for (let bytes = 0; bytes < 500 && !socket.destroyed && socket.writable; bytes++) {
    socket.write(byte)
    await wait(20)
  }
}

/** Collects garbage and returns the bytes that are still in use. */
const getRetainedBytes = (): number => {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed
}

describe('a body in chunks of one byte', () => {
  test('is read whole, in little memory', async () => {
    let heapBytes = 0
    const letters = 'abcdefghij'.repeat(30_000)
    const { port } = await serving(async ({ message }) => {
      const before = getRetainedBytes()
      message.once('end', () => (heapBytes = getRetainedBytes() - before))
      return jsonReply({ whole: (await readBody(message, 1_000_000)).toString() === letters })
    })
    const head = 'POST /v1/things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n'
    const chunks = letters.replaceAll(/./g, '1\r\n$&\r\n')
    const socket = await openRawSocket(port, `${head}${chunks}0\r\n\r\n`)
    const { replies } = await readReplies(socket, { count: 1, ms: 100_000 })
    expect(replies[0]?.body).toBe('{"whole":true}')
    expect(heapBytes).toBeLessThan(40_000_000)
  }, 120_000)
})

describe('the limits of the deployed functions', () => {
  test('are enforced by the server: 10 s for a head, 60 s for a request, checked every 2 s (R57)', async () => {
    const { server } = await serving(echo)
    expect(server).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2_000,
    })
    expect(serverLimits.unreadReplyTimeout).toBe(60_000)
  })
})

describe('a slow sender', () => {
  const timedOut = {
    status: 408,
    headers: expect.objectContaining({ connection: 'close', 'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) }),
  }

  test('gets a 408 and loses its connection if it sends a head byte by byte (R57)', async () => {
    const served = await serving(echo, { limits: short })
    const socket = await openRawSocket(served.port, 'POST /v1/things HTTP/1.1\r\nhost: x\r\nx-slow: ')
    const reading = readReplies(socket)
    await drip(socket, 'a')
    const { replies, ended } = await reading
    expect(replies).toEqual([expect.objectContaining(timedOut)])
    expect(JSON.parse(replies[0]?.body ?? '')).toMatchObject({
      error: {
        code: 'request_timeout',
        type: 'invalid_request_error',
        message: expect.stringContaining('Send it again'),
      },
      code: 'REQUEST_TIMEOUT',
      requestId: replies[0]?.headers['x-request-id'],
    })
    expect(ended).toBe(true)
    expect(await untilNoSocket(served)).toBe(0)
  })

  test('gets a 408 and loses its connection if it sends a body byte by byte (R57)', async () => {
    const served = await serving(echo, { limits: short })
    const head = 'POST /v1/things HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n'
    const socket = await openRawSocket(served.port, head)
    const reading = readReplies(socket)
    await drip(socket, 'a')
    expect(await reading).toMatchObject({ replies: [timedOut], ended: true })
    expect(await untilNoSocket(served)).toBe(0)
    expect(served.lines).toContainEqual(
      expect.objectContaining({
        event: 'connection_refused',
        fields: expect.objectContaining({ error_code: 'request_timeout' }),
      }),
    )
  })

  test('gets a 408 and loses its connection if its chunks are endless', async () => {
    const served = await serving(echo, { limits: short })
    const socket = await openRawSocket(
      served.port,
      'POST /v1/things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n',
    )
    const reading = readReplies(socket)
    await drip(socket, '1\r\na\r\n')
    expect(await reading).toMatchObject({ replies: [timedOut], ended: true })
  })

  test('loses its connection also if its request is refused before the body arrives', async () => {
    const served = await serving(echo, { limits: short })
    const socket = await openRawSocket(served.port, 'POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n')
    const reading = readReplies(socket)
    await drip(socket, 'a')
    const { replies, ended } = await reading
    expect(replies.map(({ status }) => status)).toEqual([404])
    expect(ended).toBe(true)
    expect(await untilNoSocket(served)).toBe(0)
  })
})

describe('idle connections', () => {
  test('are closed without a reply, and two hundred of them delay no request (R57)', async () => {
    const served = await serving(echo, { limits: short })
    const idle = await Promise.all(Array.from({ length: 200 }, () => openRawSocket(served.port)))
    const reading = idle.map((socket) => readReplies(socket, { ms: 5_000 }))
    expect((await rawExchange(served.port, post('x'), { count: 1, ms: 5_000 })).replies).toMatchObject([
      { status: 200 },
    ])
    for (const { replies, ended } of await Promise.all(reading))
      expect({ replies, ended }).toEqual({ replies: [], ended: true })
    expect(await untilNoSocket(served)).toBe(0)
  })

  test('are closed without a reply after a request, too', async () => {
    const served = await serving(echo, { limits: short })
    expect(await rawExchange(served.port, post('x'))).toMatchObject({ replies: [{ status: 200 }], ended: true })
    expect(await untilNoSocket(served)).toBe(0)
  })
})

describe('a client that does not read', () => {
  const large = Buffer.alloc(30_000_000, 'x')

  test.each<[string, Handler]>([
    ['a whole reply', () => Promise.resolve({ status: 200, body: large })],
    ['a streamed reply', () => Promise.resolve({ status: 200, body: async (response) => void response.end(large) })],
  ])('%s loses its connection (R57)', async (_, handler) => {
    const served = await serving(handler, { limits: short })
    const socket = await openRawSocket(served.port, post(''))
    socket.pause()
    expect(await countSockets(served)).toBe(1)
    expect(await untilNoSocket(served)).toBe(0)
    socket.destroy()
  })

  test('gets the whole reply if it only reads slowly', async () => {
    const served = await serving(() => Promise.resolve({ status: 200, body: large }), {
      limits: { ...short, unreadReplyTimeout: 2_000 },
    })
    const socket = await openRawSocket(served.port, post(''))
    let bytes = 0
    for (let pauses = 0; pauses < 5; pauses++) {
      await wait(500)
      const piece = socket.read() as Buffer | null
      bytes += piece?.length ?? 0
    }
    socket.on('data', (piece: Buffer) => (bytes += piece.length))
    await once(socket, 'end')
    expect(bytes).toBeGreaterThan(large.length)
  })
})

describe('pipelined requests', () => {
  const slowFirst: Handler = async (request) => {
    const text = await readText(request)
    if (text === 'slow') await wait(150)
    if (text !== 'stream') return jsonReply({ text })
    return {
      status: 200,
      body: async (response) => {
        response.write('one,')
        await wait(100)
        response.end('two')
      },
    }
  }

  test('get their replies in order: a slow one before a fast one, a whole stream between others (R58)', async () => {
    const { port } = await serving(slowFirst)
    const { replies } = await rawExchange(port, post('slow') + post('fast') + post('stream') + post('last'), {
      count: 4,
    })
    expect(replies.map(({ body }) => body)).toEqual([
      '{"text":"slow"}',
      '{"text":"fast"}',
      'one,two',
      '{"text":"last"}',
    ])
    expect(new Set(replies.map(({ headers }) => headers['x-request-id'])).size).toBe(4)
  })

  test('are all aborted if their client leaves (R58)', async () => {
    let begun = 0
    let aborted = 0
    const served = await serving(async (request) => {
      begun += 1
      await new Promise<void>((resolve) => request.signal.addEventListener('abort', resolve))
      aborted += 1
      return jsonReply({})
    })
    const socket = await openRawSocket(served.port, post('a') + post('b'))
    for (let tries = 0; tries < 100 && begun < 2; tries++) await wait(10)
    socket.destroy()
    expect(await untilNoSocket(served)).toBe(0)
    expect(aborted).toBe(2)
  })

  test('get their own replies before bad bytes close the connection, and no further reply', async () => {
    const served = await serving(slowFirst)
    expect(await rawExchange(served.port, `${post('slow')}${post('fast')}NOT HTTP\r\n\r\n`)).toMatchObject({
      replies: [{ body: '{"text":"slow"}' }, { body: '{"text":"fast"}' }],
      ended: true,
    })
    expect(await untilNoSocket(served)).toBe(0)
  })

  test('never get a reply of each other if the second breaks off in its body', async () => {
    const served = await serving(slowFirst)
    const broken = 'POST /v1/things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'
    const { replies, ended } = await rawExchange(served.port, post('slow') + broken)
    expect(replies.filter(({ status }) => status !== 200)).toEqual([])
    expect(ended).toBe(true)
    expect(await untilNoSocket(served)).toBe(0)
  })

  test('are refused with a message if they are not HTTP, alone or after a reply that was read', async () => {
    const { port } = await serving(echo)
    expect((await rawExchange(port, 'NOT HTTP\r\n\r\n')).replies).toMatchObject([{ status: 400 }])
    const socket = await openRawSocket(port, post('x'))
    await once(socket, 'data')
    socket.write('NOT HTTP\r\n\r\n')
    expect(await readReplies(socket)).toMatchObject({ replies: [{ status: 400 }], ended: true })
  })
})

describe('a body that is far too large', () => {
  test('is refused before it arrives, by its content-length, and the connection is closed (R55)', async () => {
    const served = await serving(echo)
    const head = `POST /v1/things HTTP/1.1\r\nhost: x\r\ncontent-length: 9007199254740993\r\n\r\n`
    const { replies, ended } = await rawExchange(served.port, head)
    expect(replies).toMatchObject([{ status: 413, headers: { connection: 'close' } }])
    expect(ended).toBe(true)
    expect(await untilNoSocket(served)).toBe(0)
  })

  test('is read up to a limit if it has no content-length, and then the connection is closed', async () => {
    const served = await serving(echo)
    const socket = await openRawSocket(
      served.port,
      'POST /v1/things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n',
    )
    const reading = readReplies(socket, { ms: 10_000 })
    const megabyte = `100000\r\n${'x'.repeat(1_048_576)}\r\n`
    let sent = 0
    for (; sent < 200 && !socket.destroyed; sent++) await new Promise((resolve) => socket.write(megabyte, resolve))
    expect((await reading).ended).toBe(true)
    expect(sent).toBeLessThan(60)
    expect(await untilNoSocket(served)).toBe(0)
  })
})
