import { type AgentOptions, Agent as HttpAgent, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'

/** Kept-alive connections to providers, one pool for each protocol. */
export interface Agents {
  /** The pool for a URL, rid of connections that have been idle for too long to be used again. */
  readonly getAgent: (url: URL) => HttpAgent
  /** Heeds what an answer says of how long its connection is kept (`keep-alive: timeout=…`, in seconds). */
  readonly readKeepAlive: (answer: IncomingMessage) => void
}

/** How long an idle connection is used again where the provider says nothing, in milliseconds: the shortest default among
 *  the servers that models stand behind is the 5 s of Node and uvicorn. */
const defaultIdleMs = 4_000

/** Longest time that a provider's word is taken for, in milliseconds: what lies between forgets connections too. */
const maxIdleMs = 60_000

/** The provider's clock runs from when its last byte left, ours from when it came. */
const marginMs = 1_000

/** A moment on both clocks: a machine that was stopped may have missed the time on either. */
type Moment = readonly [monotonicMs: number, wallMs: number]

const getMoment = (): Moment => [performance.now(), Date.now()]

/** Pools whose idle connections are used again only as long as the provider surely keeps them. A timer cannot see to that: a
 *  function's instance is stopped between its requests, and woken by the one that would use the connection
 *  (docs/decisions/0045-idle-connections.md). */
export const createAgents = (options: AgentOptions, now: () => Moment = getMoment): Agents => {
  const idleSince = new WeakMap<Duplex, Moment>()
  const promisedMs = new WeakMap<Duplex, number>()
  const isStale = (connection: Duplex, [monotonic, wall]: Moment): boolean => {
    const [since, wallSince] = idleSince.get(connection) ?? [0, 0]
    return Math.max(monotonic - since, wall - wallSince) > (promisedMs.get(connection) ?? defaultIdleMs)
  }
  const closeStale = ({ freeSockets }: HttpAgent): void => {
    const moment = now()
    for (const idle of Object.values(freeSockets)) {
      // Oldest first: Node takes the newest, and the provider has promised all of them the same.
      for (const connection of idle ?? []) {
        if (!isStale(connection, moment)) break
        connection.destroy()
      }
    }
  }
  const keeping = { ...options, keepAlive: true }
  const pools = [new HttpAgent(keeping), new HttpsAgent(keeping)] as const
  for (const pool of pools) pool.on('free', (connection: Duplex) => idleSince.set(connection, now()))
  return {
    getAgent: ({ protocol }) => {
      const pool = pools[protocol === 'https:' ? 1 : 0]
      closeStale(pool)
      return pool
    },
    readKeepAlive: ({ headers, socket }) => {
      const seconds = /\btimeout=(\d{1,9})\b/.exec(String(headers['keep-alive']))?.[1]
      if (seconds !== undefined) promisedMs.set(socket, Math.min(Number(seconds) * 1000, maxIdleMs) - marginMs)
    },
  }
}
