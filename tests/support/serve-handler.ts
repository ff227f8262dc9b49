import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import { type CorsOptions, noCors } from '../../shared/http/cors.ts'
import { endpoint } from '../../shared/http/endpoint.ts'
import { matchesPath } from '../../shared/http/path.ts'
import type { Handler } from '../../shared/http/request.ts'
import { serve } from '../../shared/http/server.ts'
import type { ServerLimits } from '../../shared/http/server-limits.ts'
import { createRedactor } from '../../shared/runtime/redactor.ts'
import { type LoopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import { captureLog, type LogLine } from './capture-log.ts'

/** A served handler and its log. */
export interface Served extends LoopbackServer {
  readonly lines: LogLine[]
  readonly server: Server
}

export interface ServedOptions {
  readonly method?: 'GET' | 'POST'
  readonly path?: string
  readonly cors?: CorsOptions
  readonly limits?: Partial<ServerLimits>
}

/** Serves a handler behind the endpoint wrapper on a free loopback port. */
export const serveHandler = async (handler: Handler, options: ServedOptions = {}): Promise<Served> => {
  const { method = 'POST', path = '/v1/things', cors = noCors, limits = {} } = options
  const { log, lines } = captureLog()
  const serves = (given: string): boolean => matchesPath(given, path)
  const wrapped = endpoint({ method, serves, cors, log, redactor: createRedactor([]) }, handler)
  const server = serve(wrapped, { host: '127.0.0.1', port: 0, log, limits, newRequestId: randomUUID })
  return { ...(await waitForListening(server)), lines, server }
}
