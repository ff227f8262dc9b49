import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { freePort } from '../../../scripts/local/ports/free-port.ts'
import { startRouter } from '../../../scripts/local/router/router.ts'
import { rawExchange } from '../../../testing/servers/raw-exchange.ts'
import { ask, begin, listen, readText } from '../loopback.ts'
import { closeAll, closeLater, routerTo } from './router-to.ts'

afterEach(closeAll)

describe('the way to a function', () => {
  test('strips the prefix and keeps the rest byte for byte', async () => {
    const url = await routerTo((request, response) => response.end(request.url))
    expect((await ask(url, '/fn/a%2Fb/%E4%BD%A0/../c?q=%2F&x=1')).text).toBe('/a%2Fb/%E4%BD%A0/../c?q=%2F&x=1')
    expect((await ask(url, '/fn')).text).toBe('/')
  })

  test('passes the whole path on if the route has pathTransmission', async () => {
    const target = await listen((request, response) => response.end(request.url))
    const routes = [{ path: '/fn', target, pathTransmission: true }]
    const router = await startRouter({ host: '127.0.0.1', port: 0, routes })
    closeLater(target, router)
    expect((await ask(router.url, '/fn/a%2Fb?q=1')).text).toBe('/fn/a%2Fb?q=1')
  })

  test('carries method, headers and body, and a request id of its own', async () => {
    const url = await routerTo(async (request, response) => {
      const body = await readText(request)
      response.end(JSON.stringify({ method: request.method, headers: request.headers, body }))
    })
    const headers = { Authorization: 'Bearer t', 'X-Scf-Request-Id': 'forged', 'Content-Length': '7' }
    const seen = JSON.parse((await ask(url, '/fn', { method: 'PUT', headers, body: '{"a":1}' })).text)
    expect(seen).toMatchObject({ method: 'PUT', body: '{"a":1}' })
    expect(seen.headers).toMatchObject({ authorization: 'Bearer t', 'content-length': '7', host: new URL(url).host })
    expect(seen.headers['x-scf-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('drops hop-by-hop headers and those that Connection names, both ways', async () => {
    const url = await routerTo((request, response) => {
      response.setHeader('Connection', 'close, X-Inner')
      response.setHeader('X-Inner', '1')
      response.setHeader('Proxy-Authenticate', 'Basic')
      response.end(JSON.stringify(request.headers))
    })
    const headers = { Connection: 'close, X-Mine', 'X-Mine': '1', TE: 'trailers', 'Proxy-Authorization': 'secret' }
    const answer = await ask(url, '/fn', { headers })
    expect(Object.keys(JSON.parse(answer.text)).sort()).toEqual([
      'connection',
      'host',
      'x-forwarded-for',
      'x-scf-request-id',
    ])
    expect(answer.headers).not.toHaveProperty('x-inner')
    expect(answer.headers).not.toHaveProperty('proxy-authenticate')
  })

  test('keeps status, reason and repeated headers of the response', async () => {
    const url = await routerTo((_request, response) => {
      response.writeHead(418, 'Short and stout', { 'Set-Cookie': ['a=1', 'b=2'], 'Content-Type': 'text/x' }).end('tea')
    })
    const { outgoing, response } = begin(url, '/fn')
    outgoing.end()
    const answer = await response
    expect([answer.statusCode, answer.statusMessage]).toEqual([418, 'Short and stout'])
    expect(answer.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'content-type': 'text/x' })
    expect(await readText(answer)).toBe('tea')
  })

  test('gives a POST without a body no body', async () => {
    const url = await routerTo((request, response) => response.end(JSON.stringify(request.headers)))
    const headers = JSON.parse((await ask(url, '/fn', { method: 'POST' })).text)
    expect(headers).toMatchObject({ 'content-length': '0' })
    expect(headers).not.toHaveProperty('transfer-encoding')
  })

  test.each(['HEAD', 'OPTIONS'])('answers %s without a body', async (method) => {
    const url = await routerTo((_request, response) => response.writeHead(204, { 'X-Answer': '1' }).end())
    expect(await ask(url, '/fn', { method })).toMatchObject({ status: 204, headers: { 'x-answer': '1' }, text: '' })
  })
})

describe('the replies of the router itself', () => {
  test('are 404 INVALID_PATH without a route', async () => {
    const url = await routerTo((_request, response) => response.end())
    const answer = await ask(url, '/fnord', { method: 'POST', body: '{}' })
    expect(answer.status).toBe(404)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    const requestId = answer.headers['x-request-id']
    const message = 'No route for this path. The routes are: /fn.'
    expect(JSON.parse(answer.text)).toEqual({ code: 'INVALID_PATH', message, requestId })
  })

  test('are 503 FUNCTION_UNAVAILABLE if no function listens', async () => {
    const target = { host: '127.0.0.1', port: await freePort('127.0.0.1') }
    const router = await startRouter({ host: '127.0.0.1', port: 0, routes: [{ path: '/fn', target }] })
    closeLater(router)
    const answer = await ask(router.url, '/fn', { method: 'POST', body: 'x'.repeat(1_000_000) })
    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'FUNCTION_UNAVAILABLE' })
  })

  test('are 503 FUNCTION_UNAVAILABLE if the function ends before its response', async () => {
    const url = await routerTo((request) => request.socket.destroy())
    expect(await ask(url, '/fn')).toMatchObject({ status: 503 })
  })

  test('are 501 UPGRADE_NOT_SUPPORTED for a WebSocket', async () => {
    const url = await routerTo((_request, response) => response.end())
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' }
    const answer = await ask(url, '/fn', { headers })
    expect(answer.status).toBe(501)
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'UPGRADE_NOT_SUPPORTED' })
  })

  test('ignore an upgrade that a client only offers', async () => {
    const url = await routerTo((request, response) => response.end(String(request.headers.upgrade)))
    const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABk' }
    expect(await ask(url, '/fn', { headers })).toMatchObject({ status: 200, text: 'undefined' })
  })
})

describe('the router', () => {
  test('rejects if its port is in use', async () => {
    const taken = await listen((_request, response) => response.end())
    closeLater(taken)
    await expect(startRouter({ host: '127.0.0.1', port: taken.port, routes: [] })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  test('cuts open streams and frees its port when it closes', async () => {
    const target = await listen((_request, response) => response.write('first'))
    closeLater(target)
    const { url, close } = await startRouter({ host: '127.0.0.1', port: 0, routes: [{ path: '/fn', target }] })
    const { outgoing, response } = begin(url, '/fn')
    outgoing.end()
    const answer = await response
    await once(answer, 'data')
    await close()
    await expect(readText(answer)).rejects.toMatchObject({ code: 'ECONNRESET' })
    const [error] = await once(connect({ host: '127.0.0.1', port: Number(new URL(url).port) }), 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('invalid HTTP', () => {
  test.each([
    ['an unsupported expectation', 'GET /fn HTTP/1.1\r\nHost: a\r\nExpect: foo\r\n\r\n', 417],
    ['headers of 17 KB', `GET /fn HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(17_408)}\r\n\r\n`, 431],
    ['bytes that are not HTTP', 'nonsense\r\n\r\n', 400],
    ['a tunnel', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  ])('gets an error body with an id: %s', async (_, bytes, status) => {
    const url = await routerTo((_request, response) => response.end())
    const { replies } = await rawExchange(Number(new URL(url).port), bytes, { count: 1 })
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/)
    expect(replies).toEqual([
      expect.objectContaining({ status, headers: expect.objectContaining({ 'x-request-id': id }) }),
    ])
    expect(JSON.parse(replies[0]?.body ?? '')).toMatchObject({ message: expect.any(String), requestId: id })
  })
})
