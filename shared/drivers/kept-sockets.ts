import { globalAgent as httpAgent } from 'node:http'
import { globalAgent as httpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { isObject } from '../runtime/json.ts'
import { once } from '../runtime/memoize.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { createConnectionAges, lostConnectionCodes } from './connection-ages.ts'

/** How long an idle connection is used again, in milliseconds. The shortest default among servers is 5 s. */
const maxSocketIdleMs = 4_000

const agents = [httpAgent, httpsAgent]

/** The ages of the connections that Node's own agents keep: to CloudBase, to the login service and to the webhook. Import this file
 *  with `await import()` only, so that it is bundled once and all share them. */
export const getSocketAges = once(() => {
  const ages = createConnectionAges(maxSocketIdleMs)
  for (const agent of agents) agent.on('free', (socket: Duplex) => ages.markIdle(socket))
  return ages
})

/** Closes the idle connections that may be dead. Returns whether others are left; if not, the next request opens a new
 *  one. */
export const closeStaleSockets = (): boolean => {
  const ages = getSocketAges()
  const idle = agents.flatMap(({ freeSockets }) => Object.values(freeSockets).flatMap((sockets) => sockets ?? []))
  const stale = idle.filter((socket) => !ages.isKept(socket) || ages.isStale(socket))
  for (const socket of stale) socket.destroy()
  return idle.length > stale.length
}

/** How work on a connection is run. */
export interface SocketWork {
  readonly timeoutMs: number
  /** Whether the work runs again, on a new connection, if its connection is lost, or if a kept one does not respond. */
  readonly isRepeatable: boolean
}

/** The timeout of the first try on a connection that may have been kept, in milliseconds. */
const keptTryMs = 700

/** Runs work that uses one of these connections. If that is lost, or if a kept one does not respond, the idle ones are not used
 *  again. */
export const useSockets = async <Result>(
  work: () => Promise<Result>,
  { timeoutMs, isRepeatable }: SocketWork,
): Promise<Result> => {
  const mayBeKept = closeStaleSockets()
  const endWork = getSocketAges().startWork()
  try {
    return await withTimeout(isRepeatable && mayBeKept ? Math.min(keptTryMs, timeoutMs) : timeoutMs, work())
  } catch (error) {
    const code = isObject(error) ? error['code'] : undefined
    const isLost = lostConnectionCodes.has(code) || (code === 'ETIMEDOUT' && mayBeKept)
    if (isLost) getSocketAges().markLost()
    if (!isLost || !isRepeatable) throw error
    return useSockets(work, { timeoutMs, isRepeatable: false })
  } finally {
    endWork()
  }
}
