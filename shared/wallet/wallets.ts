import { toDay, toMidnight } from '../runtime/china-day.ts'
import { type ChangeWallet, createChangeOwn, createChangeWallet, type OnFall, watchFalls } from './change-wallet.ts'
import { closeGrants, grantDaily, reserve, type Settlement, settleHold } from './changes.ts'
import { getAvailable, getBalance, type WalletState } from './wallet-state.ts'
import type { WalletStore } from './wallet-store.ts'

/** A call that may cost points. */
export interface PricedCall {
  readonly user: string
  /** The id of the usage record. */
  readonly id: string
  /** The most points that it may cost. */
  readonly points: number
  /** How long it can run, in milliseconds. */
  readonly maxMs: number
  /** The points that it costs if its function dies and it has no record. Default 0. */
  readonly unrecorded?: number | undefined
}

/** The charge of a call, and the balance after it. */
export interface Receipt {
  readonly charged: number
  readonly balance: number
}

/** The points of a call that are held until it is settled. */
export interface PointsHold {
  /** Charges the call's cost and gives back the rest. A repeat has no effect. Resolves with undefined if the
   *  wallet forgot the call. */
  readonly settle: (points: number) => Promise<Receipt | undefined>
}

/** The wallets of users. */
export interface Wallets {
  /** Holds the most that a call may cost. Resolves with the wallet's points instead if they are too few. */
  readonly reserve: (call: PricedCall) => Promise<PointsHold | { readonly available: number }>
  readonly change: ChangeWallet
  /** Changes the wallet of an id itself, even if that has joined another. */
  readonly changeOwn: ChangeWallet
  readonly store: WalletStore
  readonly now: () => number
}

/** The options of {@link createWallets}. */
export interface WalletsOptions {
  readonly store: WalletStore
  /** Points that each user gets on the first call of a day in China. They are gone at its midnight. */
  readonly dailyPoints: number
  readonly onFall?: OnFall | undefined
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** A wallet is settled by the flush this long after its call must have ended, in milliseconds: after the record of a
 *  dead call has been closed. */
const dueMarginMs = 120_000

/** Creates the wallets of a store. */
export const createWallets = ({ store, dailyPoints, onFall, now = Date.now }: WalletsOptions): Wallets => {
  const changeUnwatched = createChangeOwn(store)
  const changeOwn = onFall ? watchFalls(changeUnwatched, onFall, now) : changeUnwatched
  const change = createChangeWallet(changeOwn, now)
  return {
    store,
    change,
    changeOwn,
    now,
    reserve: async ({ user, id, points, maxMs, unrecorded }) => {
      const tryReserve = () =>
        change(user, (state) => {
          const time = now()
          grantDaily(state, { day: toDay(time), expiresAt: toMidnight(time), points: dailyPoints }, time)
          const isReserved = reserve(state, { id, points, dueAt: time + maxMs + dueMarginMs, unrecorded }, time)
          return isReserved ? undefined : { available: getAvailable(state), joining: listJoining(state) }
        })
      let refused = await tryReserve()
      if (refused && refused.joining.length > 0) {
        // The points of a wallet that joins may be on their way: a change of it brings the join to an end.
        await Promise.all(refused.joining.map((alias) => change(alias, () => undefined)))
        refused = await tryReserve()
      }
      return refused ?? { settle: (cost) => settleCall({ user, id, points: cost }, { change, now }) }
    },
  }
}

const listJoining = ({ joined = {} }: WalletState): string[] => Object.keys(joined).filter((alias) => !joined[alias])

interface SettledCall extends Settlement {
  readonly user: string
}

/** Settles a call. Resolves with undefined if the wallet forgot it. */
export const settleCall = (
  { user, ...settlement }: SettledCall,
  { change, now }: Pick<Wallets, 'change' | 'now'>,
): Promise<Receipt | undefined> =>
  change(user, (state) => {
    const charged = settleHold(state, settlement, now())
    return charged === undefined ? undefined : { charged, balance: getBalance(state) }
  })

/** Returns a wallet as it is at a time, without the grants that have expired by then. */
export const toCurrent = (state: WalletState, time: number): WalletState => {
  const copy = structuredClone(state)
  closeGrants(copy, time)
  return copy
}
