import type { IdRange, RangeStore, StoredRow } from '../drivers/change-row.ts'
import { sha256Hex } from '../runtime/sha256.ts'

/** A row of a wallet store: a wallet, a grant by its key, or an entry that has left its wallet. Its id has its kind and owner:
 *  {@link toWalletId}, {@link toGrantId} or {@link toEntryId}. */
export type WalletRow = StoredRow

/** Stores rows. Every method rejects if its effect is unknown, and gives up after 1.5 s. */
export interface WalletStore extends RangeStore {
  /** Finds rows whose `dueAt` is above 0 and at most `time`, earliest first, without the first `skip`. */
  readonly findDue: (page: DuePage) => Promise<WalletRow[]>
  /** Removes all rows with ids from `from` to below `below` whose `dueAt` is above 0 and at most `time`. */
  readonly removeDue: (rows: DueRange) => Promise<void>
  readonly end: () => Promise<void>
}

/** A page of the rows that the flush must look at. */
export interface DuePage {
  /** Milliseconds since 1970. */
  readonly time: number
  readonly skip: number
  readonly limit: number
}

/** The rows of a range of ids that are due. */
export interface DueRange extends Omit<IdRange, 'limit'> {
  /** Milliseconds since 1970. */
  readonly time: number
}

/** The name of the table or collection of wallets. It stands beside that of the usage records. */
export const getWalletName = (usage: string): string => `${usage}_wallet`

/** The longest id of a row, in characters. */
export const maxIdLength = 255

/** The id of a wallet's row. */
export const toWalletId = (user: string): string => `wallet:${user}`

/** The user of a wallet's row; undefined for another row. */
export const toWalletUser = ({ id }: WalletRow): string | undefined =>
  id.startsWith('wallet:') ? id.slice('wallet:'.length) : undefined

/** The id of a grant's row. */
export const toGrantId = (key: string): string => `grant:${key}`

/** The id of an entry's row. The ids of one user sort as the entries do, and no user's ids begin as another's. */
export const toEntryId = (user: string, sequence: number): string =>
  `entry:${toEntryOwner(user)}:${String(sequence).padStart(12, '0')}`

/** The longest owner that an entry's id has room for, in characters. */
const maxOwnerLength = maxIdLength - 'entry::'.length - 12

/** Escapes the colons of a user's id. One that gets too long becomes a digest, after a mark that no escaped id has. */
const toEntryOwner = (user: string): string => {
  const escaped = user.replaceAll('%', '%25').replaceAll(':', '%3A')
  return escaped.length > maxOwnerLength ? `%x${sha256Hex(user)}` : escaped
}
