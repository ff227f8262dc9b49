import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCode, GatewayError, toErrorBody } from '../protocol/errors.ts'
import type { Log } from '../runtime/log.ts'
import { createRedactor } from '../runtime/redactor.ts'
import { maxHeaderBytes } from './server-limits.ts'

/** A request and its reply. */
export interface HttpExchange {
  readonly message: IncomingMessage
  readonly response: ServerResponse
}

/** A connection whose bytes are no request, or no complete request in time, or a request for a tunnel. */
export interface RefusedConnection {
  readonly socket: Duplex
  /** The code of Node's parser or of its timeout, or `CONNECT`. */
  readonly cause: string | undefined
  /** The last request that came over it. */
  readonly latest: HttpExchange | undefined
  readonly log: Log
}

const refused = new WeakSet<Duplex>()

/** Ends a connection. Sends an error reply first, unless the client could take it for the reply to another request: in
 *  the middle of a reply, or before a reply that is still due. A client that has sent nothing gets none either. Valid
 *  requests before the bad bytes get their replies first. */
export const refuseConnection = ({ socket, cause, latest, log }: RefusedConnection): void => {
  if (refused.has(socket)) return
  refused.add(socket)
  if (latest?.message.complete && !latest.response.writableFinished) {
    latest.response.once('close', () => socket.destroy())
  } else if (!socket.writable || isSilent(socket) || isReplyStarted(socket, latest)) {
    socket.destroy()
  } else {
    const requestId = randomUUID()
    const fault = toConnectionError(cause)
    log('info', 'connection_refused', { request_id: requestId, error_code: fault.code, cause })
    sendAndLinger(socket, formatReply(fault, requestId))
  }
}

const isSilent = (socket: Duplex): boolean => 'bytesRead' in socket && socket.bytesRead === 0

/** Whether the reply to the incomplete request has begun, or waits for earlier replies. */
const isReplyStarted = (socket: Duplex, latest: HttpExchange | undefined): boolean => {
  if (!latest || latest.message.complete) return false
  return latest.response.headersSent || latest.response.socket !== socket
}

interface ConnectionFault {
  readonly status: number
  readonly code: ErrorCode
  readonly message: string
}

const connectionFaults: Readonly<Record<string, ConnectionFault>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers_too_large',
    message: `The request's line and headers have more than ${maxHeaderBytes} bytes. Send a shorter URL, or fewer or shorter headers.`,
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'request_too_large',
    message: `The chunk extensions of the body have more than ${maxHeaderBytes} bytes. Send it without them.`,
  },
  CONNECT: {
    status: 405,
    code: 'method_not_allowed',
    message: 'This server is not a proxy. Send the request itself, without CONNECT.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_timeout',
    message: 'The request took too long to arrive. Send it again over a faster connection, or send less.',
  },
}

const malformedRequest: ConnectionFault = {
  status: 400,
  code: 'bad_request',
  message: 'This is not a well-formed HTTP/1.1 request. Send it with an ordinary HTTP client.',
}

const toConnectionError = (cause = ''): GatewayError => {
  const { status, code, message } = connectionFaults[cause] ?? malformedRequest
  return new GatewayError(status, code, message)
}

/** How long a refused client may go on sending, in milliseconds, so that it reads the refusal before the connection is
 *  reset. */
const lingerMs = 1_000

const sendAndLinger = (socket: Duplex, text: string): void => {
  socket.on('error', () => socket.destroy())
  socket.end(text)
  socket.resume()
  const linger = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(linger))
}

/** Our own messages contain no secrets. */
const emptyRedactor = createRedactor([])

const formatReply = (fault: GatewayError, requestId: string): string => {
  const body = JSON.stringify(toErrorBody(fault, requestId, emptyRedactor))
  const head = [
    `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    `x-request-id: ${requestId}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
