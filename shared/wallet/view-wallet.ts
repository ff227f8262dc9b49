import { readOwnerWallet } from './owner-wallet.ts'
import {
  createEmptyState,
  type Entry,
  getAvailable,
  getBalance,
  getReserved,
  type WalletState,
} from './wallet-state.ts'
import { toEntryId, toWalletId } from './wallet-store.ts'
import { toCurrent, type Wallets } from './wallets.ts'

/** A wallet as `GET /v1/wallet` returns it. */
export interface WalletView {
  readonly object: 'wallet'
  readonly balance: number
  readonly reserved: number
  readonly available: number
  readonly grants: readonly GrantView[]
  /** Newest first. */
  readonly entries: readonly EntryView[]
  /** The `before` of the next page; null: this is the last one. */
  readonly next: number | null
}

interface GrantView {
  readonly id: string
  readonly points: number
  readonly left: number
  /** Unix time in seconds, here and below. */
  readonly expires_at: number | null
  readonly reason: string
}

interface EntryView {
  readonly kind: Entry['kind']
  readonly points: number
  readonly balance: number
  readonly request_id?: string
  readonly grant_id?: string
  /** The other user of a move. */
  readonly user_id?: string
  readonly reason: string
  readonly actor: string
  readonly shortfall?: number
  readonly ts: number
}

/** Which entries of a wallet are shown. */
export interface EntryPage {
  /** Only entries with lower numbers; undefined: from the newest. */
  readonly before: number | undefined
  readonly limit: number
}

/** Reads the wallet of a user. A user without one has an empty one. */
export const viewWallet = async (wallets: Wallets, user: string, page: EntryPage): Promise<WalletView> => {
  const { owner, state: stored = createEmptyState() } = await readOwnerWallet(wallets, user)
  const state = toCurrent(stored, wallets.now())
  const entries = await readEntries(wallets, owner, state, page)
  const last = entries.at(-1)?.sequence ?? 1
  return {
    object: 'wallet',
    balance: getBalance(state),
    reserved: getReserved(state),
    available: getAvailable(state),
    grants: state.grants.flatMap(({ id, points, left, expires_at, reason }) =>
      left > 0 ? [{ id, points, left, expires_at: toEpochSeconds(expires_at), reason }] : [],
    ),
    entries: entries.map(toEntryView),
    next: last > 1 ? last : null,
  }
}

/** Reads entries, newest first: from the wallet, and then from their own rows. */
const readEntries = async (
  { store }: Wallets,
  user: string,
  { entries, sequence }: WalletState,
  { before = sequence + 1, limit }: EntryPage,
): Promise<Entry[]> => {
  const recent = entries
    .filter((entry) => entry.sequence < before)
    .reverse()
    .slice(0, limit)
  const missing = limit - recent.length
  const below = recent.at(-1)?.sequence ?? before
  if (missing === 0 || below <= 1) return recent
  return [...recent, ...(await readMovedEntries(store, user, { before: below, limit: missing }))]
}

/** The most rows that are read at a time: databases behind an API cut longer results without a notice. */
const entriesPerPage = 500

/** Reads entries that have left their wallet, newest first. */
const readMovedEntries = async (
  store: Wallets['store'],
  user: string,
  { before, limit }: { readonly before: number; readonly limit: number },
): Promise<Entry[]> => {
  const entries: Entry[] = []
  for (let below = before; ; ) {
    const size = Math.min(limit - entries.length, entriesPerPage)
    const range = { from: toEntryId(user, 0), below: toEntryId(user, below), limit: size }
    const page = (await store.findRange(range)).map(({ data }) => JSON.parse(data) as Entry)
    entries.push(...page)
    if (page.length < size || entries.length === limit) return entries
    below = page.at(-1)?.sequence ?? 0
  }
}

/** The names of what entries refer to, if that is no grant. */
const references: Readonly<Partial<Record<Entry['kind'], string>>> = { charge: 'request_id', move: 'user_id' }

const toEntryView = ({ sequence: _, reference, ts, ...entry }: Entry): EntryView => ({
  [references[entry.kind] ?? 'grant_id']: reference,
  ...entry,
  ts: Math.floor(ts / 1000),
})

const toEpochSeconds = (time: number | null): number | null => (time === null ? null : Math.floor(time / 1000))

/** The errors in the books of a wallet, one sentence each; empty: its balance is the sum of its entries, and no
 *  entry is missing. */
export const auditWallet = async (wallets: Wallets, user: string): Promise<string[]> => {
  const row = await wallets.store.read(toWalletId(user))
  if (!row) return []
  const state = JSON.parse(row.data) as WalletState
  const entries = (await readEntries(wallets, user, state, { before: undefined, limit: state.sequence })).reverse()
  const balance = getBalance(state)
  const sum = entries.reduce((total, { points }) => total + points, 0)
  const gap = entries.findIndex(({ sequence }, index) => sequence !== index + 1)
  const wrong = entries.findIndex((entry, index) => entry.balance !== (entries[index - 1]?.balance ?? 0) + entry.points)
  return [
    ...(sum === balance ? [] : [`The balance is ${balance}, and its entries add up to ${sum}.`]),
    ...(gap < 0 && entries.length === state.sequence
      ? []
      : [`Entry ${gap < 0 ? entries.length + 1 : gap + 1} is missing.`]),
    ...(wrong < 0 ? [] : [`Entry ${wrong + 1} states a balance that does not follow from the one before it.`]),
    ...(state.grants.some(({ left }) => left < 0) ? ['A grant has less than nothing left.'] : []),
  ]
}
