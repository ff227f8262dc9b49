import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ContextLengthError } from '../generate/context-limit.ts'
import { loadTinyModel } from '../generate/tiny-model.ts'
import { type Complete, chatCompletions, textCompletions } from './completions.ts'
import { readJsonBody } from './json-body.ts'
import { findModel, listModels } from './model-list.ts'
import { UpstreamError } from './upstream-error.ts'

/** The options of the server.
 *  - `host`: default `127.0.0.1`; `port`: default 0, any free port.
 *  - `apiKey`: the bearer key that every request must carry; default none.
 *  - `delayMs`: wait before each token, so that people see the stream; default 0.
 *  - `onToken`: called for each generated token, including end tokens. */
export type TinyModelOptions = Readonly<{
  host?: string
  port?: number
  apiKey?: string
  delayMs?: number
  onToken?: () => void
}>

/** A running server. `url` has no trailing slash and no `/v1`. `close` also ends open connections. */
export type TinyModelServer = Readonly<{ url: string; close(): Promise<void> }>

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void
/** Handlers by path, then by method. */
type Routes = ReadonlyMap<string, ReadonlyMap<string, Handler>>

const MODEL_PATH = '/v1/models/'

const sendJson = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

const authorize = (request: IncomingMessage, apiKey: string | undefined): void => {
  if (apiKey === undefined || request.headers.authorization === `Bearer ${apiKey}`) return
  throw new UpstreamError(401, 'invalid_api_key', "Incorrect API key. Send it as 'Authorization: Bearer <key>'.")
}

const get = (body: () => object) =>
  new Map<string, Handler>([['GET', (_, response) => sendJson(response, 200, body())]])

const post = (complete: Complete) =>
  new Map<string, Handler>([['POST', async (request, response) => complete(await readJsonBody(request), response)]])

const findHandler = (routes: Routes, request: IncomingMessage): Handler => {
  const { method = '', url = '' } = request
  const [path = ''] = url.split('?')
  const isModel = path.startsWith(MODEL_PATH)
  const handlers = isModel ? get(() => findModel(path.slice(MODEL_PATH.length))) : routes.get(path)
  const handler = handlers?.get(method)
  if (handler) return handler
  if (!handlers) throw new UpstreamError(404, 'unknown_url', `Unknown request URL: ${method} ${path}.`)
  throw new UpstreamError(405, 'method_not_allowed', `${path} supports ${[...handlers.keys()].join()} only.`)
}

/** Turns a failure into a reply. Does nothing if the client has left. If the reply has begun, cuts the connection,
 *  because nothing else can report the failure then. */
const sendError = (response: ServerResponse, error: unknown): void => {
  if (response.destroyed) return
  const known = toUpstreamError(error)
  if (known.status === 500) console.error(error)
  if (response.headersSent) response.destroy()
  else sendJson(response, known.status, known.toBody())
}

const toUpstreamError = (error: unknown): UpstreamError => {
  if (error instanceof UpstreamError) return error
  if (error instanceof ContextLengthError) return new UpstreamError(400, 'context_length_exceeded', error.message)
  return new UpstreamError(500, 'internal_error', 'Generation failed.')
}

/** Starts the embedded model behind an OpenAI-compatible API on a loopback port: `GET /v1/models`, `GET
 *  /v1/models/{name}`, `POST /v1/chat/completions` and `POST /v1/completions`. For the local gateway and tests only;
 *  no deployed function contains it. */
export const startTinyModel = async (options: TinyModelOptions = {}): Promise<TinyModelServer> => {
  const { host = '127.0.0.1', port = 0, apiKey, delayMs = 0, onToken = () => {} } = options
  const completion = { model: await loadTinyModel(), delayMs, onToken }
  const routes: Routes = new Map([
    ['/v1/models', get(listModels)],
    ['/v1/chat/completions', post(chatCompletions(completion))],
    ['/v1/completions', post(textCompletions(completion))],
  ])
  const handle: Handler = async (request, response) => {
    try {
      authorize(request, apiKey)
      await findHandler(routes, request)(request, response)
    } catch (error) {
      sendError(response, error)
    }
  }
  const server = createServer((request, response) => void handle(request, response)).listen(port, host)
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  return {
    url: `http://${host}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
