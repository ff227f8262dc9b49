import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { ask, begin, readText } from '../loopback.ts'
import { closeAll, closeLater, routerTo } from './router-to.ts'

afterEach(closeAll)

const deferred = <Value = void>() => {
  let resolve: (value: Value) => void = () => undefined
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

describe('a stream', () => {
  test('reaches the client piece by piece: each piece is asked for by the one before', async () => {
    const wanted = Array.from({ length: 5 }, () => deferred())
    const url = await routerTo(async (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      for (const [index, { promise }] of wanted.entries()) {
        await promise
        response.write(`data: ${index}\n\n`)
      }
      response.end()
    })
    const { outgoing, response } = begin(url, '/fn')
    outgoing.end()
    const answer = await response
    const end = once(answer, 'end')
    const pieces: string[] = []
    for (const { resolve } of wanted) {
      const piece = once(answer, 'data')
      resolve()
      pieces.push(String((await piece)[0]))
    }
    expect(pieces).toEqual([0, 1, 2, 3, 4].map((index) => `data: ${index}\n\n`))
    await end
  })

  test('reaches the function piece by piece, its headers first', async () => {
    const arrived = deferred<AsyncIterator<Buffer>>()
    const url = await routerTo((request, response) => {
      arrived.resolve(request[Symbol.asyncIterator]())
      request.once('end', () => response.end('done'))
    })
    const { outgoing, response } = begin(url, '/fn', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } })
    outgoing.flushHeaders()
    const pieces = await arrived.promise
    for (const piece of ['one', 'two']) {
      outgoing.write(piece)
      expect(String((await pieces.next()).value)).toBe(piece)
    }
    outgoing.end()
    expect(await pieces.next()).toMatchObject({ done: true })
    expect(await readText(await response)).toBe('done')
  })

  test('waits for a client that does not read, and loses nothing', async () => {
    const size = 64 * 1024 * 1024
    const finished = deferred()
    let isFinished = false
    const url = await routerTo((request, response) => {
      if (request.url === '/ping') return void response.end()
      response.once('finish', () => {
        isFinished = true
        finished.resolve()
      })
      response.end(Buffer.alloc(size, 'x'))
    })
    const { outgoing, response } = begin(url, '/fn')
    outgoing.end()
    const answer = await response
    for (let turn = 0; turn < 100; turn += 1) await ask(url, '/fn/ping')
    expect(isFinished).toBe(false)
    expect((await readText(answer)).length).toBe(size)
    await finished.promise
  })

  test('ends for the function as soon as the client leaves it', async () => {
    const closed = deferred<boolean>()
    const url = await routerTo((_request, response) => {
      response.once('close', () => closed.resolve(response.writableFinished))
      response.write('first')
    })
    const { outgoing, response } = begin(url, '/fn')
    outgoing.end()
    const answer = await response
    await once(answer, 'data')
    answer.destroy()
    expect(await closed.promise).toBe(false)
  })

  test('ends for the function when the client leaves before any answer', async () => {
    const arrived = deferred()
    const closed = deferred<boolean>()
    const url = await routerTo((_request, response) => {
      response.once('close', () => closed.resolve(response.writableFinished))
      arrived.resolve()
    })
    const { outgoing, response } = begin(url, '/fn', { method: 'POST' })
    outgoing.end('body')
    await arrived.promise
    outgoing.destroy()
    await expect(response).rejects.toThrow()
    expect(await closed.promise).toBe(false)
  })

  test.each([
    ['of unknown length', {}],
    ['of known length', { 'Content-Length': '100' }],
  ])('%s that the function breaks off is cut for the client', async (_kind, headers) => {
    const seen = deferred()
    const url = await routerTo(async (_request, response) => {
      response.writeHead(200, headers).write('first')
      await seen.promise
      response.destroy()
    })
    const { outgoing, response } = begin(url, '/fn')
    outgoing.end()
    const answer = await response
    await once(answer, 'data')
    seen.resolve()
    await expect(readText(answer)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(answer.complete).toBe(false)
  })

  test('answered before its body was read leaves the connection usable', async () => {
    const url = await routerTo((request, response) => {
      if (request.method === 'GET') return void response.end('next')
      response.writeHead(413).end('too large')
    })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    closeLater({ close: async () => agent.destroy() })
    const upload = request(`${url}/fn`, { method: 'POST', agent })
    upload.write('x'.repeat(1_000))
    const [refused] = await once(upload, 'response')
    const connection = upload.socket
    expect([refused.statusCode, await readText(refused)]).toEqual([413, 'too large'])
    upload.end('x'.repeat(1_000_000))
    const next = request(`${url}/fn`, { agent })
    next.end()
    const [answer] = await once(next, 'response')
    expect(next.socket).toBe(connection)
    expect(await readText(answer)).toBe('next')
  })
})
