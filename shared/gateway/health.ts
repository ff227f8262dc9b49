import { endpoint } from '../http/endpoint.ts'
import { matchesPath } from '../http/path.ts'
import { type Handler, jsonReply } from '../http/request.ts'
import type { Edge } from './edge.ts'

/** `GET /health`: this function is up. It asks nobody and costs nothing. `ts` is unix time in seconds. */
export const health = (edge: Edge): Handler => {
  const serves = (path: string): boolean => matchesPath(path, '/health')
  return endpoint({ ...edge, method: 'GET', serves }, () =>
    Promise.resolve(jsonReply({ ok: true, ts: Math.floor(Date.now() / 1000) })),
  )
}
