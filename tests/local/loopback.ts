import { once } from 'node:events'
import { type IncomingMessage, type RequestListener, request } from 'node:http'
import { connect } from 'node:net'
import { loopbackServer } from '../../testing/servers/loopback-server.ts'

/** A server on a free loopback port, closed with everything that hangs on it. */
export const listen = async (listener: RequestListener) => {
  const { port, close } = await loopbackServer(listener)
  return { host: '127.0.0.1', port, close }
}

/** A request begun but not ended; `path` goes out byte for byte. */
export const begin = (
  url: string,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
) => {
  const { hostname, port } = new URL(url)
  const outgoing = request({ agent: false, host: hostname, port, path, ...options })
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject)
  })
  return { outgoing, response }
}

/** The whole text of a message. Rejects when it was cut. */
export const readText = async (message: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const piece of message.setEncoding('utf8')) text += piece
  return text
}

/** A whole request and its whole answer. */
export const ask = async (url: string, path: string, options: Parameters<typeof begin>[2] & { body?: string } = {}) => {
  const { outgoing, response } = begin(url, path, options)
  outgoing.end(options.body)
  const message = await response
  return { status: message.statusCode, headers: message.headers, text: await readText(message) }
}

/** A connection to a process by its port; `gone` settles when the process is. */
export const lifeline = async (port: number) => {
  const socket = connect({ host: '127.0.0.1', port })
  await once(socket, 'connect')
  // The system may end it with a reset: as gone as any.
  socket.on('error', () => undefined)
  return { gone: new Promise<void>((resolve) => socket.once('close', () => resolve())) }
}
