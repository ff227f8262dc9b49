import { type AgentOptions, Agent as HttpAgent, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { getElapsedMs, getMoment, type Moment } from '../../runtime/clock.ts'

/** Kept-alive connections to providers, one pool for each protocol. */
export interface Agents {
  /** The pool for a URL. Connections that were idle for too long are closed first. */
  readonly getAgent: (url: URL) => HttpAgent
  /** Reads how long the provider keeps a response's connection (`keep-alive: timeout=…`, in seconds). */
  readonly readKeepAlive: (response: IncomingMessage) => void
}

/** How long an idle connection is used again if the provider states no time, in milliseconds. The shortest default
 *  among the servers of models is the 5 s of Node and uvicorn. */
const defaultIdleMs = 4_000

/** Longest stated time that is believed, in milliseconds. Proxies between us and the provider close connections too. */
const maxIdleMs = 60_000

/** The provider counts from the moment it sent its last byte, and we count from the moment it arrived. */
const marginMs = 1_000

/** Creates pools that use an idle connection again only as long as the provider surely keeps it. A timer cannot ensure
 *  that: the platform suspends an instance between requests, and the request that resumes it would use the connection
 *  (docs/decisions/0045-idle-connections.md). */
export const createAgents = (options: AgentOptions, now: () => Moment = getMoment): Agents => {
  const idleSince = new WeakMap<Duplex, Moment>()
  const statedIdleMs = new WeakMap<Duplex, number>()
  const isStale = (connection: Duplex, moment: Moment): boolean =>
    getElapsedMs(idleSince.get(connection) ?? [0, 0], moment) > (statedIdleMs.get(connection) ?? defaultIdleMs)
  const closeStale = ({ freeSockets }: HttpAgent): void => {
    const moment = now()
    for (const connections of Object.values(freeSockets)) {
      // Oldest first: Node takes the newest, and the provider keeps all of them for the same time.
      for (const connection of connections ?? []) {
        if (!isStale(connection, moment)) break
        connection.destroy()
      }
    }
  }
  const agentOptions = { ...options, keepAlive: true }
  const pools = [new HttpAgent(agentOptions), new HttpsAgent(agentOptions)] as const
  for (const pool of pools) pool.on('free', (connection: Duplex) => idleSince.set(connection, now()))
  return {
    getAgent: ({ protocol }) => {
      const pool = pools[protocol === 'https:' ? 1 : 0]
      closeStale(pool)
      return pool
    },
    readKeepAlive: ({ headers, socket }) => {
      const seconds = /\btimeout=(\d{1,9})\b/.exec(String(headers['keep-alive']))?.[1]
      if (seconds !== undefined) statedIdleMs.set(socket, Math.min(Number(seconds) * 1000, maxIdleMs) - marginMs)
    },
  }
}
