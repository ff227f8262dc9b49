import { globalAgent as httpAgent } from 'node:http'
import { globalAgent as httpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { once } from '../runtime/memoize.ts'
import { createConnectionAges } from './connection-ages.ts'

/** How long an idle connection is used again, in milliseconds. The shortest default among servers is 5 s. */
const maxIdleMs = 4_000

const agents = [httpAgent, httpsAgent]

/** The ages of the connections that Node's own agents keep: to CloudBase, to the login service and to the webhook. Import this file
 *  with `await import()` only, so that it is bundled once and all share them. */
export const getSocketAges = once(() => {
  const ages = createConnectionAges(maxIdleMs)
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
