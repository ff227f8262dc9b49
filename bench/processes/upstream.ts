import { createServer, type Socket } from 'node:net'
import { HttpMessages } from '../wire/http-messages.ts'
import { createEvent, streamEnd, wholeResponse } from '../wire/responses.ts'
import { parseScript } from '../wire/script.ts'
import { sharedMicroseconds } from '../wire/stamp.ts'

/** The scripted upstream: a process on bare sockets that plays the provider, the key and user endpoints of the login service, and the
 *  billing webhook. The model name selects the script. Its parent requests its counts. */

/** The public key of the login service, as a JWK. */
const jwk = JSON.parse(process.argv[2] ?? '{}') as object

let connections = 0
let completions = 0

const reply = (body: string, status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

const whole = reply(wholeResponse)
const lastChunks = `${chunk(streamEnd)}0\r\n\r\n`

/** Sends the events on time. A late event does not delay the next ones. */
const play = (socket: Socket, { events, everyMs }: ReturnType<typeof parseScript>): void => {
  const startedAt = performance.now()
  let sent = 0
  const next = (): void => {
    if (socket.destroyed) return
    const head = sent === 0 ? streamHead : ''
    if (sent === events) {
      socket.write(head + lastChunks)
      return
    }
    socket.write(head + chunk(createEvent(sharedMicroseconds())))
    sent += 1
    setTimeout(next, Math.max(0, startedAt + sent * everyMs - performance.now()))
  }
  next()
}

const getProfile = (head: string): string => {
  const claims = /authorization: bearer [^.]+\.([^.]+)/i.exec(head)?.[1] ?? ''
  const { sub } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as { sub?: string }
  return JSON.stringify({ sub, user_id: sub, name: 'Ann', status: 'ACTIVE' })
}

const serve = (socket: Socket, head: string, body: string): void => {
  if (head.startsWith('GET /auth/v1/certs')) socket.write(reply(JSON.stringify({ keys: [jwk] })))
  else if (head.startsWith('GET /auth/v1/user/me')) socket.write(reply(getProfile(head)))
  else if (head.startsWith('POST /webhook')) socket.write(reply('{}'))
  else {
    completions += 1
    const script = parseScript(body)
    if (script.events === 0) socket.write(whole)
    else play(socket, script)
  }
}

/** The bytes at the start and the end of a body in which a gateway puts the model's name. */
const sampleBytes = 512

const server = createServer({ noDelay: true }, (socket) => {
  connections += 1
  let head = ''
  let start = ''
  let end = ''
  const messages = new HttpMessages({
    onHead: (text) => {
      head = text
      start = ''
      end = ''
    },
    onBody: (piece) => {
      if (start.length < sampleBytes) start += piece.toString('latin1', 0, sampleBytes)
      end = piece.toString('latin1', Math.max(0, piece.length - sampleBytes))
    },
    onEnd: () => serve(socket, head, start + end),
  })
  socket.on('data', (piece: Buffer) => messages.push(piece))
  socket.on('error', () => socket.destroy())
})

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }))
process.on('message', () => process.send?.({ connections, completions }))
process.on('disconnect', () => process.exit())
