import type { Log } from '../runtime/log.ts'
import { closeGrants } from './changes.ts'
import { completeGrant } from './grants.ts'
import type { WalletState } from './wallet-state.ts'
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
}

/** The most rows of one run. */
const maxDueRows = 500

/** Brings to an end what a function that died left in wallets: settles calls by their records, and completes grants. It
 *  also writes the entries of grants that have expired. Resolves with the number of rows. */
export const flushWallets = async ({ wallets, findPoints, log, budgetMs }: WalletFlushOptions): Promise<number> => {
  const startedAt = performance.now()
  let flushed = 0
  for (const row of await wallets.store.findDue(wallets.now(), maxDueRows)) {
    if (performance.now() - startedAt > budgetMs) break
    try {
      await flushRow(row, wallets, findPoints)
      flushed += 1
    } catch {
      log('warn', 'wallet_flush_failed', {})
    }
  }
  return flushed
}

const flushRow = async (
  row: WalletRow,
  wallets: Wallets,
  findPoints: WalletFlushOptions['findPoints'],
): Promise<void> => {
  const user = toWalletUser(row)
  if (user === undefined) {
    await completeGrant(wallets, row)
    return
  }
  const { holds } = JSON.parse(row.data) as WalletState
  for (const { id, due_at } of holds) {
    const points = due_at <= wallets.now() ? await findPoints(id) : undefined
    if (points !== undefined) await settleCall({ user, id, points }, wallets)
  }
  await wallets.change(user, (state) => closeGrants(state, wallets.now()))
}
