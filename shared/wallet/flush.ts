import type { Log } from '../runtime/log.ts'
import { closeGrants, type Settlement } from './changes.ts'
import { completeGrant } from './grants.ts'
import { getDueAt, type Hold, type WalletState } from './wallet-state.ts'
import { toWalletUser, type WalletRow } from './wallet-store.ts'
import { settleCall, type Wallets } from './wallets.ts'

/** Finds the points of a call's record: 0 if it is void. `open`: the record is not closed yet. `missing`: there is none. */
export type FindPoints = (id: string) => Promise<number | 'open' | 'missing'>

/** The options of {@link flushWallets}. */
export interface WalletFlushOptions {
  readonly wallets: Wallets
  readonly findPoints: FindPoints
  readonly log: Log
  /** No new work begins after this time, in milliseconds. */
  readonly budgetMs: number
  /** The clock of the budget, in milliseconds. Default: `performance.now`. */
  readonly clock?: () => number
}

const rowsPerLook = 200

/** Rows that are brought to an end at once. */
const rowsAtOnce = 8

/** Brings to an end what a function that died left in wallets: settles calls by their records, and completes grants. It
 *  also writes the entries of grants that have expired. It reads page by page until no row is due or the time is up: at
 *  midnight the points of the day expire in all wallets. Resolves with the number of rows that are due no more. */
export const flushWallets = async (options: WalletFlushOptions): Promise<number> => {
  const { wallets, budgetMs, clock = () => performance.now() } = options
  const startedAt = clock()
  const hasTime = (): boolean => clock() - startedAt < budgetMs
  let flushed = 0
  let skip = 0
  while (hasTime()) {
    const rows = await wallets.store.findDue({ time: wallets.now(), skip, limit: rowsPerLook })
    const count = await flushRows(rows, options, hasTime)
    flushed += count
    // What is still due stands in front of the next page: calls without a final record, and rows that failed.
    skip += rows.length - count
    if (rows.length < rowsPerLook) break
  }
  return flushed
}

/** Resolves with the number of rows that are due no more. */
const flushRows = async (
  rows: readonly WalletRow[],
  options: WalletFlushOptions,
  hasTime: () => boolean,
): Promise<number> => {
  const waiting = [...rows]
  let flushed = 0
  const worker = async (): Promise<void> => {
    for (let row = waiting.shift(); row && hasTime(); row = waiting.shift())
      if (await tryRow(row, options)) flushed += 1
  }
  await Promise.all(Array.from({ length: rowsAtOnce }, worker))
  return flushed
}

const tryRow = (row: WalletRow, { wallets, findPoints, log }: WalletFlushOptions): Promise<boolean> =>
  flushRow(row, wallets, findPoints).catch(() => {
    log('warn', 'wallet_flush_failed', {})
    return false
  })

/** Resolves with whether the row is due no more. */
const flushRow = async (row: WalletRow, wallets: Wallets, findPoints: FindPoints): Promise<boolean> => {
  const user = toWalletUser(row)
  if (user === undefined) {
    await completeGrant(wallets, row)
    return true
  }
  const { holds, moved } = JSON.parse(row.data) as WalletState
  if (moved) {
    await wallets.change(user, () => undefined)
    return true
  }
  for (const hold of holds) if (hold.due_at <= wallets.now()) await settleDueHold(user, hold, wallets, findPoints)
  return wallets.change(user, (state) => {
    const now = wallets.now()
    closeGrants(state, now)
    const dueAt = getDueAt(state)
    return dueAt === 0 || dueAt > now
  })
}

/** Charges a call by its record. A call that may have been served without one costs the estimate of its prompt. */
const settleDueHold = async (user: string, hold: Hold, wallets: Wallets, findPoints: FindPoints): Promise<void> => {
  const found = await findPoints(hold.id)
  if (found === 'open') return
  const settlement = found === 'missing' ? toUnrecorded(hold) : { points: found }
  await settleCall({ user, id: hold.id, ...settlement }, wallets)
}

const toUnrecorded = ({ unrecorded = 0 }: Hold): Omit<Settlement, 'id'> => ({
  points: unrecorded,
  reason: 'no record',
})
