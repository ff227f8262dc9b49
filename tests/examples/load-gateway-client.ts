import { createRequire } from 'node:module'

/** An error as the client reports it. */
export interface ClientError {
  readonly code: string
  readonly message: string
  readonly status?: number
  readonly requestId?: string
  readonly retryAfter?: string
}

interface Answer {
  readonly text: string
  readonly thought: string
  readonly finishReason: string | null
  readonly usage: { readonly total_tokens: number } | null
}

interface Call {
  readonly model?: string
  readonly messages?: readonly object[]
  readonly body?: object
  readonly onText?: (text: string) => void
  readonly onThought?: (text: string) => void
  readonly onDone?: (answer: Answer) => void
  readonly onError?: (error: ClientError) => void
}

interface Task {
  readonly abort: () => void
}

/** The client of `examples/miniprogram`. */
export interface GatewayClient {
  readonly chat: (call: Call) => Task
  readonly get: (
    path: string,
    call: { onDone?: (document: unknown) => void; onError?: (error: ClientError) => void },
  ) => Task
}

export interface ClientOptions {
  readonly wx?: object
  readonly env?: string
  readonly url?: string
  readonly transport?: 'function' | 'request'
  readonly getToken?: (done: (error: unknown, result?: { token: string; expires_in: number }) => void) => void
}

export interface EventReader {
  readonly push: (piece: ArrayBuffer | Uint8Array | string) => void
}

const require = createRequire(__filename)
const folder = '../../examples/miniprogram/miniprogram/llm-gateway'

export const { createGateway } = require(`${folder}/llm-gateway.js`) as {
  createGateway: (options: ClientOptions) => GatewayClient
}

export const { createEventReader, decodeUtf8, encodeUtf8 } = require(`${folder}/event-reader.js`) as {
  createEventReader: (onData: (data: string) => void) => EventReader
  decodeUtf8: (bytes: Uint8Array) => string
  encodeUtf8: (text: string) => Uint8Array
}
