import { sha256Hex } from '../runtime/sha256.ts'

/** A row of a wallet store: a wallet, a grant by its key, or an entry that has left its wallet. */
export interface WalletRow {
  /** Its kind and owner: {@link toWalletId}, {@link toGrantId} or {@link toEntryId}. */
  readonly id: string
  /** 0 for a new row. Each change adds one. */
  readonly version: number
  /** The time in milliseconds since 1970 from which the flush must look at the row. 0: never. */
  readonly dueAt: number
  /** Its content as JSON. */
  readonly data: string
}

/** Stores rows. Every method rejects if its effect is unknown, and gives up after 1.5 s. */
export interface WalletStore {
  readonly read: (id: string) => Promise<WalletRow | undefined>
  /** Writes new rows. A row with the same id stays as it is. */
  readonly insert: (rows: readonly WalletRow[]) => Promise<void>
  /** Replaces a row if its version is one less than the given one. Resolves with whether it did. Of simultaneous changes
   *  of one version, one takes effect. */
  readonly replace: (row: WalletRow) => Promise<boolean>
  /** Finds rows whose `dueAt` is above 0 and at most `time`, earliest first, without the first `skip`. */
  readonly findDue: (page: DuePage) => Promise<WalletRow[]>
  /** Finds rows with ids from `from` to below `below`, largest id first. */
  readonly findRange: (range: IdRange) => Promise<WalletRow[]>
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

/** A range of ids. */
export interface IdRange {
  readonly from: string
  readonly below: string
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
