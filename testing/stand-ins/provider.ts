import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { waitForListening } from '../servers/loopback-server.ts'

/** One step of a scripted provider: send bytes, wait for a promise, close the connection with RST (`reset`) or FIN (`cut`), or send
 *  nothing more (`hang`). */
export type Step = string | Buffer | Promise<unknown> | (() => Promise<unknown>) | 'reset' | 'cut' | 'hang'

/** The response of a scripted provider. */
export interface Script {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: Iterable<Step> | AsyncIterable<Step>
  /** Whether the body is all bytes of the connection, with status line and headers. */
  readonly raw?: boolean
}

/** A request as the provider received it. */
export interface ReceivedRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Record<string, unknown>
  /** The body as text. */
  readonly text: string
  /** Resolves when its connection is closed. */
  readonly closed: Promise<unknown>
}

/** A provider that a test controls. */
export interface ScriptedProvider {
  /** Its origin, such as `http://127.0.0.1:40000`. */
  readonly url: string
  /** All requests received so far. */
  readonly requests: ReceivedRequest[]
  /** Number of connections accepted so far. */
  readonly connections: () => number
  readonly close: () => Promise<void>
}

/** Starts a provider on a free loopback port. `answer` returns the response to each request. */
export const scriptedProvider = async (
  answer: (request: ReceivedRequest, attempt: number) => Script,
): Promise<ScriptedProvider> => {
  const requests: ReceivedRequest[] = []
  let connections = 0
  const server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    const respond = async (): Promise<void> => {
      const request = await receive(message)
      requests.push(request)
      await perform(answer(request, requests.length), response)
    }
    respond().catch(() => response.destroy())
  })
  server.on('connection', () => {
    connections += 1
  })
  const { url, close } = await waitForListening(server.listen(0, '127.0.0.1'))
  return {
    url,
    requests,
    connections: () => connections,
    close,
  }
}

const receive = async (message: IncomingMessage): Promise<ReceivedRequest> => {
  message.socket.setMaxListeners(0)
  const closed = new Promise((resolve) => message.socket.once('close', resolve))
  const pieces: Buffer[] = []
  for await (const piece of message) pieces.push(piece as Buffer)
  const { url: path = '/', headers } = message
  const text = Buffer.concat(pieces).toString()
  return { path, headers, body: JSON.parse(text), text, closed }
}

/** Sends a scripted response. */
export const perform = async (
  { status = 200, headers = {}, body = [], raw = false }: Script,
  response: ServerResponse,
): Promise<void> => {
  const socket = response.socket as Socket
  response.on('error', () => undefined)
  socket.on('error', () => undefined)
  if (!raw) {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.flushHeaders()
  }
  const out = raw ? socket : response
  for await (const step of runSteps(body)) {
    if (socket.destroyed) return
    if (step === 'hang') return
    if (step === 'reset') return void socket.resetAndDestroy()
    if (step === 'cut') return void socket.end()
    if (typeof step === 'string' || Buffer.isBuffer(step)) await write(out, step, socket)
  }
  out.end()
}

/** Runs the steps one after another. */
async function* runSteps(steps: NonNullable<Script['body']>) {
  for await (const step of steps) yield typeof step === 'function' ? step() : step
}

const write = (out: Socket | ServerResponse, bytes: string | Buffer, socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (out.write(bytes)) return resolve()
    out.once('drain', resolve)
    socket.once('close', () => resolve())
  })

/** Creates a stream response with these steps. */
export const sse = (...body: Step[]): Script => ({ headers: { 'content-type': 'text/event-stream' }, body })

/** Creates a JSON response. */
export const json = (body: string | object, status = 200): Script => ({
  status,
  body: [typeof body === 'string' ? body : JSON.stringify(body)],
})
