import { createChangeRow } from '../drivers/change-row.ts'
import { recordResults } from './grant-keys.ts'
import {
  createEmptyState,
  type Entry,
  findSpentGrants,
  type Grant,
  getDueAt,
  removeGrants,
  type WalletState,
} from './wallet-state.ts'
import { toEntryId, toWalletId, type WalletStore } from './wallet-store.ts'

/** Applies a change to the wallet of a user and resolves with its result, once the store has it. `change` may run
 *  several times, each time on another version of the wallet, and must have no effect on its own result.
 *  @throws if the store cannot be used; the change may have been made then */
export type ChangeWallet = <Result>(user: string, change: (state: WalletState) => Result) => Promise<Result>

/** Creates the function through which all changes of wallets go. */
export const createChangeWallet = (store: WalletStore): ChangeWallet => {
  const changeRow = createChangeRow<WalletState>(store, {
    create: createEmptyState,
    getDueAt,
    prepare: async (id, state) => {
      const stored = [...state.entries]
      const forgotten = new Set(findForgotten(state))
      if (forgotten.size > 0) await recordResults(store, state, [...forgotten])
      return async () => {
        state.entries.splice(0, await moveEntries(store, id.slice(toWalletId('').length), stored))
        removeGrants(state, forgotten)
      }
    },
  })
  return (user, change) => changeRow(toWalletId(user), change)
}

/** The most entries that stay in a wallet, and how many do after others have left it. */
const maxEntries = 48
const keptEntries = 16

/** The most entries that leave a wallet at once. If thousands of grants expire together, no change waits for all of
 *  their entries. */
const maxMoved = 64

/** Writes the older of the stored entries as rows of their own, before the wallet is written without them. If that fails
 *  in between, the wallet still has them, and writing them again has no effect. Resolves with their number. */
const moveEntries = async (store: WalletStore, user: string, stored: readonly Entry[]): Promise<number> => {
  if (stored.length <= maxEntries) return 0
  const old = stored.slice(0, Math.min(stored.length - keptEntries, maxMoved))
  await store.insert(
    old.map((entry) => ({ id: toEntryId(user, entry.sequence), version: 0, dueAt: 0, data: JSON.stringify(entry) })),
  )
  return old.length
}

/** Spent grants that a wallet remembers at least, and the most that it forgets at once. */
const rememberedGrants = 100
const maxForgotten = 16

/** Finds the oldest spent grants if a wallet has many. Those of days have no key, and leave it by themselves. */
const findForgotten = (state: WalletState): Grant[] => {
  const spent = findSpentGrants(state)
  return spent.length < rememberedGrants + maxForgotten ? [] : spent.slice(0, maxForgotten)
}
