import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { ConnectionLimits } from '../../shared/http/connection-limits.ts'
import { type CorsOptions, noCors } from '../../shared/http/cors.ts'
import { endpoint } from '../../shared/http/endpoint.ts'
import { matchesPath } from '../../shared/http/path.ts'
import type { Handler } from '../../shared/http/request.ts'
import { serve } from '../../shared/http/server.ts'
import { redactorOf } from '../../shared/protocol/redact.ts'
import { keptLog, type LogLine } from './kept-log.ts'
import { type LoopbackServer, untilListening } from './loopback-server.ts'

export interface Served extends LoopbackServer {
  readonly lines: LogLine[]
  readonly server: Server
}

export interface ServedOptions {
  readonly method?: 'GET' | 'POST'
  readonly path?: string
  readonly cors?: CorsOptions
  readonly limits?: Partial<ConnectionLimits>
}

/** Serves a handler behind the endpoint wrapper on a free loopback port. */
export const serveHandler = async (handler: Handler, options: ServedOptions = {}): Promise<Served> => {
  const { method = 'POST', path = '/v1/things', cors = noCors, limits = {} } = options
  const { log, lines } = keptLog()
  const serves = (given: string): boolean => matchesPath(given, path)
  const wrapped = endpoint({ method, serves, cors, log, redactor: redactorOf([]) }, handler)
  const server = serve(wrapped, { host: '127.0.0.1', port: 0, log, limits, newRequestId: randomUUID })
  return { ...(await untilListening(server)), lines, server }
}
