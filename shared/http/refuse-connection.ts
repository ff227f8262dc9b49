import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCode, errorBody, GatewayError } from '../protocol/errors.ts'
import type { Log } from '../runtime/log.ts'
import { redactorOf } from '../runtime/redactor.ts'
import { maxHeaderBytes } from './server-limits.ts'

/** A request and its reply. */
export interface Exchange {
  readonly message: IncomingMessage
  readonly response: ServerResponse
}

/** A connection whose bytes make no request, or no request in time, or ask for a tunnel. */
export interface EndedConnection {
  readonly socket: Duplex
  /** What Node's parser or its clock says of it, or `CONNECT`. */
  readonly cause: string | undefined
  /** The last request that came over it. */
  readonly latest: Exchange | undefined
  readonly log: Log
}

const ended = new WeakSet<Duplex>()

/** Ends a connection, with an answer in words where that cannot be taken for another request's: not in the middle of a reply, nor
 *  before one that is still to come, nor where the client has sent nothing at all. Good requests before the bad bytes get their
 *  replies first. */
export const endConnection = ({ socket, cause, latest, log }: EndedConnection): void => {
  if (ended.has(socket)) return
  ended.add(socket)
  if (latest?.message.complete && !latest.response.writableFinished) {
    latest.response.once('close', () => socket.destroy())
  } else if (!socket.writable || isSilent(socket) || isTaken(socket, latest)) {
    socket.destroy()
  } else {
    const requestId = randomUUID()
    const fault = faultOf(cause)
    log('info', 'connection_refused', { request_id: requestId, error_code: fault.code, cause })
    say(socket, rawReply(fault, requestId))
  }
}

const isSilent = (socket: Duplex): boolean => 'bytesRead' in socket && socket.bytesRead === 0

/** Whether the request that is still coming in has begun to be answered, or waits for earlier ones to be. */
const isTaken = (socket: Duplex, latest: Exchange | undefined): boolean => {
  if (!latest || latest.message.complete) return false
  return latest.response.headersSent || latest.response.socket !== socket
}

interface Fault {
  readonly status: number
  readonly code: ErrorCode
  readonly message: string
}

const faults: Readonly<Record<string, Fault>> = {
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
    message: 'This is no proxy. Send the request itself, without CONNECT.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_timeout',
    message: 'The request took too long to arrive. Send it again over a faster connection, or send less.',
  },
}

const malformed: Fault = {
  status: 400,
  code: 'bad_request',
  message: 'This is not a well-formed HTTP/1.1 request. Send it with an ordinary HTTP client.',
}

const faultOf = (cause = ''): GatewayError => {
  const { status, code, message } = faults[cause] ?? malformed
  return new GatewayError(status, code, message)
}

/** How long a refused client may go on sending, so that it reads the refusal before the connection is reset. */
const lingerMs = 1_000

const say = (socket: Duplex, text: string): void => {
  socket.on('error', () => socket.destroy())
  socket.end(text)
  socket.resume()
  const linger = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(linger))
}

/** Its words are all ours. */
const nothingToHide = redactorOf([])

const rawReply = (fault: GatewayError, requestId: string): string => {
  const body = JSON.stringify(errorBody(fault, requestId, nothingToHide))
  const head = [
    `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    `x-request-id: ${requestId}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
