import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A reply as it was on the wire. */
export interface RawReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The replies on one connection. */
export interface RawExchange {
  readonly replies: readonly RawReply[]
  /** Whether the server ended the connection. */
  readonly ended: boolean
}

/** Opens a connection and writes bytes (as Latin-1). */
export const openRawSocket = async (port: number, bytes = ''): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(Buffer.from(bytes, 'latin1'))
  return socket
}

/** Reads replies until the server ends the connection, `count` whole replies have arrived, or `ms` milliseconds have passed. */
export const readReplies = (
  socket: Socket,
  { count = Number.POSITIVE_INFINITY, ms = 10_000 } = {},
): Promise<RawExchange> =>
  new Promise((resolve) => {
    let text = ''
    const settle = (ended: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ replies: parseReplies(text), ended })
    }
    const timer = setTimeout(() => settle(false), ms)
    socket.on('data', (piece: Buffer) => {
      text += piece.toString('latin1')
      if (parseReplies(text).length >= count) settle(false)
    })
    socket.once('end', () => settle(true)).once('close', () => settle(true))
  })

/** Writes bytes to a new connection and reads the replies. */
export const rawExchange = async (
  port: number,
  bytes: string,
  until?: { readonly count?: number; readonly ms?: number },
): Promise<RawExchange> => readReplies(await openRawSocket(port, bytes), until)

const parseReplies = (text: string): RawReply[] => {
  const replies: RawReply[] = []
  for (let rest = text; rest !== ''; ) {
    const parsed = parseReply(rest)
    if (!parsed) break
    if (parsed.reply.status >= 200) replies.push(parsed.reply)
    rest = parsed.rest
  }
  return replies
}

const parseReply = (text: string): { readonly reply: RawReply; readonly rest: string } | undefined => {
  const head = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(text)
  if (!head) return undefined
  const [whole, status, lines = ''] = head
  const headers = Object.fromEntries(lines.split('\r\n').map((line) => line.toLowerCase().split(': ', 2)))
  const rest = text.slice(whole.length)
  const body =
    headers['transfer-encoding'] === 'chunked' ? readChunked(rest) : readSized(rest, headers['content-length'])
  return body && { reply: { status: Number(status), headers, body: body.text }, rest: rest.slice(body.length) }
}

interface Body {
  readonly text: string
  readonly length: number
}

const readSized = (rest: string, length = '0'): Body | undefined =>
  rest.length < Number(length) ? undefined : { text: rest.slice(0, Number(length)), length: Number(length) }

const readChunked = (rest: string): Body | undefined => {
  let text = ''
  for (let at = 0; ; ) {
    const line = rest.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(rest.slice(at, line), 16)
    const end = line + 2 + size + 2
    if (rest.length < end) return undefined
    if (size === 0) return { text, length: end }
    text += rest.slice(line + 2, end - 2)
    at = end
  }
}
