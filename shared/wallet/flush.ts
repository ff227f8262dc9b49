import type { Log } from '../runtime/log.ts'
import { closeGrants } from './changes.ts'
import { completeGrant } from './grants.ts'
import { getDueAt, type WalletState } from './wallet-state.ts'
import { toWalletUser, type WalletRow } from './wallet-store.ts'
import { settleCall, type Wallets } from './wallets.ts'

/** The options of {@link flushWallets}. */
export interface WalletFlushOptions {
  readonly wallets: Wallets
  /** Returns the points of a call's record; 0 if it has none; undefined if it is not closed yet. */
  readonly findPoints: (id: string) => Promise<number | undefined>
  readonly log: Log
  /** No new work begins after this time, in milliseconds. */
  readonly budgetMs: number
  /** The clock of the budget, in milliseconds. Default: `performance.now`. */
  readonly clock?: () => number
}

const pageSize = 200

/** Rows that are brought to an end at once. */
const maxParallel = 8

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
    const rows = await wallets.store.findDue({ time: wallets.now(), skip, limit: pageSize })
    const count = await flushRows(rows, options, hasTime)
    flushed += count
    // What is still due stands in front of the next page: calls without a final record, and rows that failed.
    skip += rows.length - count
    if (rows.length < pageSize) break
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
  await Promise.all(Array.from({ length: maxParallel }, worker))
  return flushed
}

const tryRow = (row: WalletRow, { wallets, findPoints, log }: WalletFlushOptions): Promise<boolean> =>
  flushRow(row, wallets, findPoints).catch(() => {
    log('warn', 'wallet_flush_failed', {})
    return false
  })

/** Resolves with whether the row is due no more. */
const flushRow = async (
  row: WalletRow,
  wallets: Wallets,
  findPoints: WalletFlushOptions['findPoints'],
): Promise<boolean> => {
  const user = toWalletUser(row)
  if (user === undefined) {
    await completeGrant(wallets, row)
    return true
  }
  const { holds } = JSON.parse(row.data) as WalletState
  for (const { id, due_at } of holds) {
    const points = due_at <= wallets.now() ? await findPoints(id) : undefined
    if (points !== undefined) await settleCall({ user, id, points }, wallets)
  }
  return wallets.change(user, (state) => {
    const now = wallets.now()
    closeGrants(state, now)
    const dueAt = getDueAt(state)
    return dueAt === 0 || dueAt > now
  })
}
