import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRdb, getRdbRows, type RdbOptions } from '../drivers/rdb.ts'
import type { JsonObject } from '../runtime/json.ts'
import { isExpired } from './lease.ts'
import {
  type AcquireRequest,
  getLimitsName,
  type LimitBounds,
  type LimitState,
  type LimitStore,
} from './limit-store.ts'
import { getWaitMs, hasFreeSlot } from './rejection.ts'

/** Counts in a table beside that of the usage records, for all instances, over CloudBase's HTTPS API. `scripts/sql/postgres/limits.sql`
 *  creates the table. */
export const rdbLimitStore = (
  bounds: LimitBounds,
  options: RdbOptions & { readonly table: string },
  now: () => number = Date.now,
): LimitStore => {
  const { read, create, change } = createCountsTable(options, now)
  const removeLeases = (user: string, removed: readonly string[]): Promise<boolean> =>
    change(user, ({ timestamps, leases }) => {
      const left = leases.filter((lease) => !removed.includes(lease))
      return left.length === leases.length ? undefined : { timestamps, leases: left }
    })
  return {
    tryAcquire: (request) => change(request.user, (state) => addRequest(state, request, bounds), request.lease),
    read,
    prune: async (user, leases) => {
      await create(user)
      if (leases.length > 0) await removeLeases(user, leases)
    },
    release: async (user, lease) => {
      await removeLeases(user, [lease])
    },
  }
}

/** The most tries of one change, while other instances change the counts of the same user. */
const maxTries = 20

/** The longest pause between two tries, in milliseconds. */
const maxConflictPauseMs = 20

type Counts = Pick<LimitState, 'timestamps' | 'leases'>

/** The counts of a user, and the id of their last change. */
interface MarkedState extends LimitState {
  readonly mark: string
}

/** The table of counts. The API changes a row only to values that are known before, so a change is made from the row as it was read
 *  and names its mark. Of two simultaneous changes one wins, and the other is made again. */
const createCountsTable = (options: RdbOptions & { readonly table: string }, now: () => number) => {
  const { run, runAgain } = createRdb(options)
  const table = getLimitsName(options.table)

  const read = async (user: string): Promise<MarkedState | undefined> => {
    const [row] = getRdbRows(await runAgain(table, (query) => query.select('*').eq('id', user).limit(1)))
    return row && toState(row, now())
  }

  const replace = async (user: string, before: string, row: object): Promise<boolean> => {
    const result = await run(table, (query) => query.update(row).eq('id', user).eq('mark', before).select('id'))
    return getRdbRows(result).length === 1
  }

  const create = async (user: string): Promise<void> => {
    const row = { id: user, grants: [], leases: [], mark: '' }
    await runAgain(table, (query) => query.upsert(row, { onConflict: 'id', ignoreDuplicates: true }))
  }

  /** Resolves with whether there was a change to make. One whose reply was lost is recognised by its mark, or by the lease that it
   *  added. */
  const change = async (user: string, toCounts: (state: LimitState) => Counts | undefined, lease?: string) => {
    const marks = new Set<string>()
    let hasFailed = false
    for (let tries = 0; tries < maxTries; tries++) {
      const state = await read(user)
      if (state && (marks.has(state.mark) || (lease !== undefined && state.leases.includes(lease)))) return true
      const counts = state && toCounts(state)
      if (!counts) return false
      const mark = randomUUID()
      marks.add(mark)
      const row = { grants: counts.timestamps, leases: counts.leases, mark }
      const isChanged = await replace(user, state.mark, row).catch((error: unknown) => {
        if (hasFailed) throw error
        hasFailed = true
        return false
      })
      if (isChanged) return true
      await sleep(Math.random() * maxConflictPauseMs)
    }
    throw new Error('The counts of a user changed during each try.')
  }
  return { read, create, change }
}

/** Returns undefined if the request is not within the bounds. Expired leases go. */
const addRequest = (state: LimitState, request: AcquireRequest, bounds: LimitBounds): Counts | undefined => {
  const { lease, weight } = request
  if (getWaitMs(state, weight, bounds) > 0) return undefined
  if (lease !== undefined && !hasFreeSlot(state, bounds)) return undefined
  const last = Math.max(state.now, state.timestamps.at(-1) ?? 0)
  const timestamps = [...state.timestamps, ...Array<number>(weight).fill(last)]
  const leases = state.leases.filter((each) => !isExpired(each, state.now))
  return {
    timestamps: timestamps.slice(Math.max(0, timestamps.length - bounds.perMinute)),
    leases: lease === undefined ? leases : [...leases, lease],
  }
}

const toState = ({ grants, leases, mark }: JsonObject, now: number): MarkedState | undefined =>
  Array.isArray(grants) && Array.isArray(leases) && typeof mark === 'string'
    ? { timestamps: grants.map(Number), leases: leases.map(String), mark, now }
    : undefined
