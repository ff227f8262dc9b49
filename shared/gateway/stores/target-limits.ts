import { bookBounds, createLeaseBook, type LeaseBook, type NamedLease } from '../../limits/lease-book.ts'
import type { Release } from '../../limits/limiter.ts'
import { isGatewayError } from '../../protocol/errors.ts'
import type { Target } from '../../protocol/route.ts'
import { type RestReason, restRules } from '../../providers/targets/rest-rules.ts'
import type { Rest } from '../../providers/targets/rests.ts'
import { getTargetId } from '../../providers/targets/target-id.ts'
import type { Log } from '../../runtime/log.ts'
import { memoize, once } from '../../runtime/memoize.ts'
import type { Config } from '../config/config.ts'
import type { Alerts } from './alerts.ts'
import { openLimiter, openLimitStore } from './limit-stores.ts'

/** The knowledge about targets that the instances of a configuration share. */
export interface TargetLimits {
  /** Takes a place among the running requests of a target. Resolves with its release; with undefined if there is none. */
  readonly acquire: (target: Target, max: number) => Promise<Release | undefined>
  /** The rests that instances have found. Undefined: the instances share no store. */
  readonly readRests: () => Promise<readonly Rest[] | undefined>
  /** Adds a rest, in place of an earlier end of the same one. */
  readonly addRest: (rest: Rest) => Promise<void>
  /** Removes all rests of a target.
   *  @param id the result of `getTargetId` */
  readonly removeRests: (id: string) => Promise<void>
  /** Notes a rest for alerts. Rejects if their code cannot be loaded. */
  readonly noteRest: Alerts['noteRest']
}

/** The row of the rests in the table or collection of the limits. No user has such an id. */
const restsRow = 'targets:rests'

/** Creates the limits of targets, in the store of the users' limits. Without a shared store each instance counts for itself.
 *  Most configurations need none of it, so this file is bundled apart. */
export const createTargetLimits = (config: Pick<Config, 'usage' | 'timeouts' | 'alerts'>, log: Log): TargetLimits => {
  const loadAlerts = once(async () => (await import('./alerts.ts')).createAlerts(config, log))
  const getLimiter = memoize((max) => once(() => openLimiter({ perMinute: 0, concurrent: Number(max) }, config, log)))
  const getBook = once(async (): Promise<LeaseBook | undefined> => {
    const store = await openLimitStore(bookBounds, config.usage.store)
    return store && createLeaseBook(store, restsRow)
  })
  const removeLeases = async (book: LeaseBook, matches: (lease: NamedLease) => boolean): Promise<void> => {
    await Promise.all((await book.read()).filter(matches).map(book.remove))
  }
  return {
    acquire: async (target, max) => {
      const user = { id: `target:${getTargetId(target)}`, kind: 'user', groups: [] } as const
      const limiter = await getLimiter(String(max))()
      return limiter.acquire({ user, weight: 1, requestId: '' }).catch(ignoreFull)
    },
    readRests: async () => (await (await getBook())?.read())?.flatMap(toRest),
    addRest: async (rest) => {
      const book = await getBook()
      const { name, until } = toLease(rest)
      if (!book) return
      await book.add({ name, until })
      await removeLeases(book, (other) => other.name === name && other.until < until)
    },
    removeRests: async (id) => {
      const book = await getBook()
      if (book) await removeLeases(book, ({ name }) => name.slice(1) === id)
    },
    noteRest: async (...rest) => (await loadAlerts()).noteRest(...rest),
  }
}

const ignoreFull = (thrown: unknown): undefined => {
  if (!isGatewayError(thrown) || thrown.code !== 'rate_limit_exceeded') throw thrown
}

const restReasons = Object.keys(restRules) as RestReason[]

/** A rest as a lease: a letter for its reason, a capital if the provider said when it ends, and the id of its target. */
const toLease = ({ id, reason, isTold, until }: Rest): NamedLease => {
  const letter = String.fromCharCode(97 + restReasons.indexOf(reason))
  return { name: `${isTold ? letter.toUpperCase() : letter}${id}`, until: Math.round(until) }
}

const toRest = ({ name, until }: NamedLease): Rest[] => {
  const letter = name.charAt(0).toLowerCase()
  const reason = restReasons[letter.charCodeAt(0) - 97]
  return reason ? [{ id: name.slice(1), reason, isTold: name.charAt(0) !== letter, until }] : []
}
