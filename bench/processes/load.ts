import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { HttpMessages } from '../wire/http-messages.ts'
import type { LoadOrder, LoadResult } from '../wire/load-order.ts'
import { emptyTally, StreamWatch } from '../wire/stream-watch.ts'

/** The load generator: a process on bare sockets that carries out one order after another. */

const requestBytes = ({ method, path, headers, body }: LoadOrder): Buffer => {
  const lines = Object.entries({ host: '127.0.0.1', 'content-type': 'application/json', ...headers })
  const fields = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${fields}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

const carryOut = async (order: LoadOrder): Promise<LoadResult> => {
  const { connections, requests = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY, spreadMs = 0 } = order
  const bytes = requestBytes(order)
  const tally = emptyTally()
  const startedAt = performance.now()
  const deadline = startedAt + seconds * 1e3
  let started = 0
  let finished = 0
  let failures = 0
  let failure: string | undefined

  const fail = (reason: string): void => {
    failures += 1
    failure ??= reason
  }

  /** Runs one connection: request after request until the order is done. */
  const run = async (index: number): Promise<void> => {
    if (spreadMs > 0) await wait((index * spreadMs) / connections)
    let socket: Socket | undefined
    while (started < requests && performance.now() < deadline) {
      started += 1
      socket = socket && !socket.destroyed ? socket : connect({ port: order.port, host: '127.0.0.1', noDelay: true })
      const reason = await exchange(socket)
      if (reason !== undefined) fail(reason)
      finished += 1
    }
    socket?.destroy()
  }

  /** Sends the request and reads the reply. Resolves with the reason of a failure, or undefined. */
  const exchange = (socket: Socket): Promise<string | undefined> =>
    new Promise((resolve) => {
      const sentAt = performance.now()
      const watch = new StreamWatch(tally)
      let status = ''
      let first = true
      const done = (reason?: string): void => {
        socket.removeAllListeners()
        socket.on('error', () => socket.destroy())
        if (reason !== undefined) socket.destroy()
        resolve(reason)
      }
      const messages = new HttpMessages({
        onHead: (head) => (status = head.slice(9, 12)),
        onBody: (piece) => {
          if (first) tally.firstByteMs.push(performance.now() - sentAt)
          first = false
          if (order.streams) watch.take(piece)
        },
        onEnd: () => {
          if (status !== '200') done(`status ${status}`)
          else if (order.streams && !watch.isComplete) done('a stream without usage or [DONE]')
          else done()
        },
      })
      socket.on('data', (piece: Buffer) => messages.push(piece))
      socket.once('error', (error) => done(error.message))
      socket.once('close', () => done('the connection was closed'))
      socket.write(bytes)
    })

  await Promise.all(Array.from({ length: connections }, (_, index) => run(index)))
  return { requests: finished, failures, failure, seconds: (performance.now() - startedAt) / 1e3, ...tally }
}

process.on('message', (order: LoadOrder) => {
  void carryOut(order).then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
