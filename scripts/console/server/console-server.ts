import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readBody } from '../../../shared/http/read-body.ts'
import { isGatewayError } from '../../../shared/protocol/errors.ts'
import { isObject, parseJson } from '../../../shared/runtime/json.ts'
import { toCloudFailure } from '../../cloud/client/cloud-failure.ts'
import { type ServedPage, servePage } from '../../local/router/serve-page.ts'
import type { Api, ApiReply } from './api.ts'
import { ConsoleError } from './console-error.ts'
import { findForeignHost, findForeignOrigin, findWrongToken, type GuardRefusal } from './guard.ts'

/** The options of {@link startConsoleServer}. */
export interface ConsoleServerOptions {
  /** The port on loopback. 0 takes a free one. */
  readonly port: number
  /** The text that each request to the API must carry. */
  readonly token: string
  readonly page: ServedPage
  readonly api: Api
  /** Removes the values of secrets from a text. */
  readonly clean: (text: string) => string
}

/** A running console. */
export interface ConsoleServer {
  readonly port: number
  readonly close: () => Promise<void>
}

/** Loopback of IPv4, whatever `HOST` says: nothing of the console may face a network. */
export const consoleHost = '127.0.0.1'

/** Serves the page of the console and its API.
 *  @throws the system's error if it cannot listen */
export const startConsoleServer = async (options: ConsoleServerOptions): Promise<ConsoleServer> => {
  const server = createServer((message, response) => void handle(message, response, options))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, consoleHost, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const apiPrefix = '/api/'

/** Handles one exchange. Never rejects. */
const handle = async (message: IncomingMessage, response: ServerResponse, options: ConsoleServerOptions) => {
  const [path = '/', query = ''] = (message.url ?? '/').split('?', 2)
  const isApi = path.startsWith(apiPrefix)
  const refusal = findForeignHost(message.headers) ?? (isApi ? findIntruder(message.headers, options.token) : undefined)
  if (refusal) {
    const { status, code, message: text } = refusal
    return send({ status, body: { error: { code, message: text } } }, message, response)
  }
  if (!isApi && servePage(options.page, path, message, response)) return
  const reply = isApi ? await callApi(message, { path, query }, options) : unknownPath
  send(cleanReply(reply, options.clean), message, response)
}

const findIntruder = (headers: IncomingHttpHeaders, token: string): GuardRefusal | undefined =>
  findForeignOrigin(headers) ?? findWrongToken(headers, token)

const unknownPath: ApiReply = {
  status: 404,
  body: { error: { code: 'unknown_url', message: 'There is no such page.' } },
}

/** Bodies hold one entry of a model map at most. */
const maxBodyBytes = 262_144

const callApi = async (
  message: IncomingMessage,
  { path, query }: { readonly path: string; readonly query: string },
  { api }: ConsoleServerOptions,
): Promise<ApiReply> => {
  const handler = api[`${message.method} ${path.slice(apiPrefix.length)}`]
  if (!handler) return unknownPath
  try {
    const body = parseJson((await readBody(message, maxBodyBytes)).toString() || '{}')
    if (!isObject(body)) return toErrorReply(400, 'invalid_json', 'The body is no JSON object.')
    return await handler({ query: new URLSearchParams(query), body })
  } catch (thrown) {
    return describeError(thrown)
  }
}

/** The owner gets the reason as it is, without secrets: it is about their own machine and their own account. */
const describeError = (thrown: unknown): ApiReply => {
  if (isGatewayError(thrown)) return toErrorReply(thrown.status, thrown.code, thrown.message, thrown.options.param)
  if (thrown instanceof ConsoleError) return toErrorReply(thrown.status, thrown.code, thrown.message)
  if (thrown instanceof TypeError) return toErrorReply(400, 'invalid_value', thrown.message)
  const { reason, advice } = toCloudFailure(thrown)
  return toErrorReply(502, 'failed', `${reason} ${advice}`.trim())
}

const toErrorReply = (status: number, code: string, message: string, param: string | null = null): ApiReply => ({
  status,
  body: { error: { code, message, param } },
})

const cleanReply = (reply: ApiReply, clean: (text: string) => string): ApiReply => {
  if (reply.text !== undefined) return { ...reply, text: clean(reply.text) }
  const cleanPart = (_: string, part: unknown): unknown => (typeof part === 'string' ? clean(part) : part)
  return { ...reply, body: JSON.parse(JSON.stringify(reply.body, cleanPart)) as unknown }
}

const send = (reply: ApiReply, message: IncomingMessage, response: ServerResponse): void => {
  const content = reply.text ?? JSON.stringify(reply.body)
  // A body that was not read would be taken for the next request.
  const isUnread = !message.complete
  response.writeHead(reply.status, {
    'content-type': reply.text === undefined ? 'application/json; charset=utf-8' : 'text/csv; charset=utf-8',
    'content-length': Buffer.byteLength(content),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    ...(isUnread && { connection: 'close' }),
  })
  response.end(message.method === 'HEAD' ? undefined : content)
}
