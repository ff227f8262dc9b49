import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openRawSocket, type RawReply, rawExchange } from '../../testing/servers/raw-exchange.ts'
import { cpuMs } from '../../testing/stats/process-meter.ts'
import { expectErrorReply } from '../support/hostile/expect-error-reply.ts'
import { harmlessShapes } from '../support/hostile/shapes.ts'
import { type StartedTargets, startTargets } from '../support/hostile/start-targets.ts'
import { called, chat, coded, good, type Target, targets, withHeaders } from '../support/hostile/targets.ts'

let gateway: StartedTargets

beforeAll(async () => {
  gateway = await startTargets()
}, 60_000)

afterAll(() => gateway.stop())

describe.each(targets.map((target) => [target.name, target] as const))('%s', (_, target) => {
  test.each(harmlessShapes)('accepts a request with %s (R53)', async (_, shape) => {
    const { replies } = await rawExchange(gateway.getPort(target), shape(target), { count: 1 })
    expect(replies).toMatchObject([{ status: 200 }])
    expect(replies[0]?.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('rejects non-ASCII bytes in a path with an error reply: a 400 or a 404', async () => {
    const bytes = good(target).replace(target.path, `${target.path}/\xe6\xa8\xa1`)
    const { replies } = await rawExchange(gateway.getPort(target), bytes, { count: 1 })
    expect([400, 404]).toContain(replies[0]?.status)
    expect(JSON.parse(replies[0]?.body ?? '')).toMatchObject({ error: { message: expect.any(String) } })
  })

  test('does not read a body as a request, even if it looks like one', async () => {
    const inner = called(chat, 'POST /nowhere HTTP/1.1')
    const unread = [good({ ...target, body: inner }), good({ ...target, body: inner }).replace(target.path, '/nowhere')]
    const { replies } = await rawExchange(gateway.getPort(target), unread.join('') + good(target), { count: 3 })
    const [, nowhere, last] = replies.map(({ status }) => status)
    expect([nowhere, last, replies.length]).toEqual([404, 200, 3])
  })

  test('replies to TRACE with 405 and repeats nothing of the request (R53)', async () => {
    const { replies } = await rawExchange(gateway.getPort(target), called(target, `TRACE ${target.path} HTTP/1.1`), {
      count: 1,
    })
    expect(replies).toMatchObject([{ status: 405 }])
    expect(replies[0]?.body).not.toContain('an-admin-key')
  })

  test.each([
    '/v2/x',
    '/v1/chat',
    '/admin',
    '/health/../v1',
    '/..',
    '/.%2e/',
    '/%2e',
    '/%00%ff',
    '/v1/chat%2Fcompletions%2F..',
  ])('replies to %s with a 404 error of the contract (R53)', async (path) => {
    const { replies } = await rawExchange(gateway.getPort(target), good(target).replace(target.path, path), {
      count: 1,
    })
    expect(replies).toMatchObject([{ status: 404 }])
    expect(JSON.parse(replies[0]?.body ?? '')).toMatchObject({ error: { message: expect.any(String) } })
  })
})

describe('a request body', () => {
  test('is rejected with a trailer of 20 KB, and the connection is closed', async () => {
    const trailer = `x-a: ${'a'.repeat(20_000)}\r\n\r\n`
    const bytes = coded(chat, 'transfer-encoding: chunked\r\n').replace(/\r\n$/, trailer)
    const { replies, ended } = await rawExchange(gateway.getPort(chat), bytes)
    expect({ statuses: replies.map(({ status }) => status), ended }).toEqual({ statuses: [431], ended: true })
    expectErrorReply(replies[0], 'headers_too_large')
  })

  test.each([
    'gzip',
    'GZIP',
    'x-gzip',
    'deflate',
    'br',
    'zstd',
    'compress',
    'gzip, identity',
    'identity, gzip',
    'chunked',
    'aes128gcm',
  ])('is rejected in content encoding %s with a 415 that names a valid way (R55)', async (encoding) => {
    const { replies } = await rawExchange(
      gateway.getPort(chat),
      withHeaders(chat, `content-encoding: ${encoding}\r\n`),
      {
        count: 1,
      },
    )
    expect(replies).toMatchObject([{ status: 415 }])
    expectErrorReply(replies[0], 'unsupported_encoding')
  })

  const post = async (body: string): Promise<RawReply | undefined> =>
    (await rawExchange(gateway.getPort(chat), good({ ...chat, body }), { count: 1, ms: 30_000 })).replies[0]

  test('is rejected with a 413 for too many names, strings, objects and arrays, at little cost (R55)', async () => {
    const numerals = Array.from({ length: 60_000 }, (_, index) => `"${(index + 1) * 65_536}"`)
    for (const body of [`{"a":[${'{},'.repeat(1_900_000)}{}]}`, `{"a":[${numerals}]}`]) {
      const { pid = 0 } = gateway.getFunction(chat).child
      const cpuBefore = cpuMs(pid)
      const reply = await post(body)
      expect(reply?.status).toBe(413)
      expectErrorReply(reply, 'request_too_large')
      expect(cpuMs(pid) - cpuBefore).toBeLessThan(3_000)
    }
  }, 60_000)

  test('is rejected with a 400 if it nests deeper than 64 levels, even a million (R55)', async () => {
    for (const levels of [64, 1_000_000]) {
      const reply = await post(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`)
      expect(reply?.status).toBe(400)
      expectErrorReply(reply, 'invalid_json')
    }
  }, 60_000)
})

describe('a stream', () => {
  const streamed = good({ ...chat, body: chat.body.replace('{', '{"stream":true,') })

  test('is whole and in its place between two other requests of one packet (R58)', async () => {
    const { replies } = await rawExchange(gateway.getPort(chat), good(chat) + streamed + good(chat), { count: 3 })
    expect(replies.map(({ headers }) => headers['content-type'])).toEqual([
      'application/json',
      'text/event-stream; charset=utf-8',
      'application/json',
    ])
    expect(replies[1]?.body).toMatch(/^data: \{.*data: \[DONE\]\n\n$/s)
  })

  test('has no chunks for an HTTP/1.0 client and ends with the connection', async () => {
    const socket = await openRawSocket(gateway.getPort(chat), streamed.replace('HTTP/1.1', 'HTTP/1.0'))
    let text = ''
    socket.on('data', (piece: Buffer) => (text += piece.toString()))
    await once(socket, 'end')
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n(?!.*transfer-encoding).*\r\n\r\ndata: \{.*\n\ndata: \[DONE\]\n\n$/is)
  })
})

describe('CORS', () => {
  const preflight = async (target: Target, origin: string): Promise<RawReply | undefined> => {
    const request = `OPTIONS ${target.path} HTTP/1.1\r\nhost: x\r\norigin: ${origin}\r\naccess-control-request-method: POST\r\n`
    return (await rawExchange(gateway.getPort(target), `${request}\r\n`, { count: 1 })).replies[0]
  }
  const getCorsHeaders = (reply: RawReply | undefined): string[] =>
    Object.keys(reply?.headers ?? {}).filter((name) => name.startsWith('access-control-'))

  test('allows a listed origin on chat, and no origin on the admin route (R60)', async () => {
    const origin = 'https://app.example.com'
    expect((await preflight(chat, origin))?.headers).toMatchObject({
      'access-control-allow-origin': origin,
      vary: 'origin',
    })
    const [, admin] = targets as [Target, Target]
    expect(getCorsHeaders(await preflight(admin, origin))).toEqual([])
    const withOrigin = withHeaders(admin, `origin: ${origin}\r\n`)
    const { replies } = await rawExchange(gateway.getPort(admin), withOrigin, { count: 1 })
    expect(replies).toMatchObject([{ status: 200 }])
    expect(getCorsHeaders(replies[0])).toEqual([])
  })

  test.each([
    'null',
    'https://app.example.com.evil.com',
    'http://app.example.com',
    'https://app.example.com:443',
    'https://APP.example.com',
  ])("does not allow the origin '%s'", async (origin) => {
    for (const target of targets) expect(getCorsHeaders(await preflight(target, origin))).toEqual([])
  })
})
