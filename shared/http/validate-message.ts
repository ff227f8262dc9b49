import type { IncomingMessage } from 'node:http'
import { type ErrorCode, GatewayError } from '../protocol/errors.ts'
import { maxHeaders } from './server-limits.ts'

/** A fault that no request may have. */
interface MessageFault {
  readonly status: number
  readonly code: ErrorCode
  readonly message: string
  readonly isIn: (message: IncomingMessage) => boolean
}

const messageFaults: readonly MessageFault[] = [
  {
    status: 400,
    code: 'bad_request',
    message: 'This server speaks HTTP/1.1 and HTTP/1.0 only.',
    isIn: ({ httpVersionMajor }) => httpVersionMajor !== 1,
  },
  {
    status: 431,
    code: 'headers_too_large',
    message: `The request has more than ${maxHeaders} headers. Send fewer.`,
    isIn: ({ rawHeaders }) => rawHeaders.length > 2 * maxHeaders,
  },
  {
    status: 400,
    code: 'bad_request',
    message: 'The target of a request must be a path, such as /v1/models, or a whole URL.',
    isIn: ({ url = '', method }) => !/^(\/|https?:\/\/)/i.test(url) && !(url === '*' && method === 'OPTIONS'),
  },
  {
    status: 400,
    code: 'bad_request',
    message: 'The request has no Host header, which HTTP/1.1 requires. Send it with an ordinary HTTP client.',
    isIn: ({ httpVersionMinor, headers }) => httpVersionMinor === 1 && headers.host === undefined,
  },
  {
    status: 400,
    code: 'bad_request',
    message: 'The request has two Host headers. Send it with an ordinary HTTP client.',
    isIn: ({ headers }) => headers.host?.includes(',') === true,
  },
  {
    status: 400,
    code: 'bad_request',
    message: 'An HTTP/1.0 request has no Transfer-Encoding. Send its length as Content-Length, or use HTTP/1.1.',
    isIn: ({ httpVersionMinor, headers }) => httpVersionMinor === 0 && headers['transfer-encoding'] !== undefined,
  },
  {
    status: 415,
    code: 'unsupported_encoding',
    message: "The body's Transfer-Encoding must be 'chunked' alone. Send it uncompressed.",
    isIn: ({ headers }) => (headers['transfer-encoding'] ?? 'chunked').toLowerCase() !== 'chunked',
  },
  {
    status: 417,
    code: 'bad_request',
    message: "The only expectation supported here is '100-continue'. Send the request without Expect.",
    isIn: ({ headers }) => (headers.expect ?? '100-continue').toLowerCase() !== '100-continue',
  },
  {
    status: 400,
    code: 'bad_request',
    message: 'The protocol of a connection is not changed here. Send the request without Upgrade.',
    // A client that offers HTTP/2 (`h2c`) also accepts a reply in HTTP/1.1 (RFC 9110, section 7.8).
    isIn: ({ headers }) => (headers.upgrade ?? 'h2c').toLowerCase() !== 'h2c',
  },
]

/** Checks the message itself, before its endpoint does. Returns the error to reply with, or undefined if the message is
 *  valid. The reply closes the connection, because the bytes after a faulty message cannot be trusted. */
export const validateMessage = (message: IncomingMessage): GatewayError | undefined => {
  const fault = messageFaults.find(({ isIn }) => isIn(message))
  return fault && new GatewayError(fault.status, fault.code, fault.message, { headers: { connection: 'close' } })
}
