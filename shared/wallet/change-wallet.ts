import { createChangeRow } from '../drivers/change-row.ts'
import { recordResults } from './grant-keys.ts'
import { forgetContent, takeIn } from './join.ts'
import {
  createEmptyState,
  type Entry,
  findSpentGrants,
  type Grant,
  getBalance,
  getDueAt,
  getEndedDays,
  type Moved,
  removeGrants,
  type WalletState,
} from './wallet-state.ts'
import { toEntryId, toWalletId, type WalletStore } from './wallet-store.ts'

/** Applies a change to the wallet of a user and resolves with its result, once the store has it. `change` may run
 *  several times, each time on another version of the wallet, and must have no effect on its own result.
 *  @throws if the store cannot be used; the change may have been made then */
export type ChangeWallet = <Result>(user: string, change: Change<Result>) => Promise<Result>

/** A change of a wallet. `owner` is its user: another one than that of the call, if their wallets are joined. */
export type Change<Result> = (state: WalletState, owner: string) => Result

/** Creates the function that changes the wallet of a user's id itself, even if that has joined another. */
export const createChangeOwn = (store: WalletStore): ChangeWallet => {
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
  return (user, change) => changeRow(toWalletId(user), (state) => change(state, user))
}

/** Called after a change by which a balance has fallen: a charge, a revocation, or the end of a grant. The change waits for it; it must
 *  not reject. */
export type OnFall = (user: string, fall: { readonly from: number; readonly to: number }) => Promise<void>

/** Watches the balances of wallets. No fall is what leaves a wallet for the one that it joins, and the end of a day's points: the next
 *  call brings new ones. If the reply to a write was lost, the
 *  change runs again without an effect; so the highest balance that it saw counts. */
export const watchFalls =
  (changeOwn: ChangeWallet, onFall: OnFall, now: () => number): ChangeWallet =>
  async (user, change) => {
    let from = 0
    let to = 0
    const result = await changeOwn(user, (state, owner) => {
      from = Math.max(from, getBalance(state) - getEndedDays(state, now()))
      const changed = change(state, owner)
      to = state.moved ? from : getBalance(state)
      return changed
    })
    if (to < from) await onFall(user, { from, to })
    return result
  }

/** The most joined ids that an instance remembers. */
const maxFollowed = 1_000

/** Creates the function through which all calls and grants change wallets. A wallet that has joined another stands for that one; the
 *  join is brought to an end first. An instance remembers joined ids, so that only their first change reads both wallets. */
export const createChangeWallet = (changeOwn: ChangeWallet, now: () => number): ChangeWallet => {
  const followed = new Map<string, string>()
  const finish = async (alias: string, { to, content }: Moved): Promise<void> => {
    if (content) {
      await changeOwn(to, (state) => takeIn(state, { alias, content, now: now() }))
      await changeOwn(alias, forgetContent)
    }
    if (followed.size >= maxFollowed) followed.clear()
    followed.set(alias, to)
  }
  const follow: ChangeWallet = async (user, change) => {
    const known = followed.get(user)
    if (known !== undefined) return changeOwn(known, change)
    const outcome = await changeOwn(user, (state) =>
      state.moved ? { moved: state.moved } : { result: change(state, user) },
    )
    if (!outcome.moved) return outcome.result
    await finish(user, outcome.moved)
    return changeOwn(outcome.moved.to, change)
  }
  return follow
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
