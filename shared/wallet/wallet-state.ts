/** Points that a user was given. Times are milliseconds since 1970, here and below. */
export interface Grant {
  /** The key of the grant, unique for ever; `daily:` and the day for those of `DAILY_POINTS`. */
  readonly id: string
  readonly points: number
  /** Points that are neither spent nor held. */
  left: number
  /** Null: never. */
  readonly expires_at: number | null
  readonly granted_at: number
  readonly reason: string
  /** Points that were taken back. Undefined: the grant is not revoked. */
  revoked?: number
}

/** Points of one grant that a call holds. */
export interface Take {
  readonly grant: string
  readonly points: number
}

/** The points that a running call may cost, and the grants that they are from. */
export interface Hold {
  /** The id of the usage record. */
  readonly id: string
  readonly takes: readonly Take[]
  /** The time after which the call cannot run any more. */
  readonly due_at: number
  /** The points that the call costs if it has no record. Undefined: none, because a record is written before the reply. */
  readonly unrecorded?: number
}

/** Why a balance changed. */
export type EntryKind = 'grant' | 'charge' | 'expire' | 'revoke' | 'move'

/** One change of a balance. */
export interface Entry {
  /** 1 for the first entry of a wallet, without gaps. */
  readonly sequence: number
  readonly kind: EntryKind
  /** The change: above zero for a grant, and for points of a wallet that joins; otherwise zero or below. */
  readonly points: number
  /** The balance after it. */
  readonly balance: number
  /** The id of the usage record of a charge, the other user of a move, and the id of the grant otherwise. */
  readonly reference: string
  readonly reason: string
  /** `admin`, `system` or `user`. */
  readonly actor: string
  readonly ts: number
  /** The part of a charge that the wallet did not have. */
  readonly shortfall?: number
}

/** The wallet of one user, one document in each store: a change of it is one conditional update, so what a call holds
 *  and the grants that it is from cannot come apart. */
export interface WalletState {
  readonly grants: Grant[]
  readonly holds: Hold[]
  /** The latest entries. Older ones are rows of their own. */
  readonly entries: Entry[]
  /** The number of the last entry. */
  sequence: number
  /** The last day with a grant of `DAILY_POINTS`, `YYYY-MM-DD` in China. */
  day: string
  /** The wallet that this one has joined. Undefined: none. */
  moved?: Moved
  /** The users whose wallets join this one, and whether their points are in it. Undefined: none. */
  joined?: { readonly [user: string]: boolean }
}

/** The wallet to which the points of this one have moved. */
export interface Moved {
  /** The user of the other wallet. */
  readonly to: string
  /** What was in it. Undefined: the other wallet has it. */
  readonly content?: Pick<WalletState, 'grants' | 'holds' | 'day'>
}

/** Creates the state of a wallet that nothing has happened to. */
export const createEmptyState = (): WalletState => ({ grants: [], holds: [], entries: [], sequence: 0, day: '' })

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** Points that new calls can use. */
export const getAvailable = ({ grants }: WalletState): number => sum(grants.map(({ left }) => left))

/** Points that running calls hold. */
export const getReserved = ({ holds }: WalletState): number =>
  sum(holds.flatMap(({ takes }) => takes.map(({ points }) => points)))

/** All points of a wallet: the sum of its entries. */
export const getBalance = (state: WalletState): number => getAvailable(state) + getReserved(state)

/** Whether a grant is that of a day. */
export const isDaily = ({ id }: Pick<Grant, 'id'>): boolean => id.startsWith('daily:')

/** Points of days that have ended, which the next change takes away. */
export const getEndedDays = ({ grants }: WalletState, now: number): number =>
  sum(grants.map((grant) => (isDaily(grant) && isGrantExpired(grant, now) ? grant.left : 0)))

/** Whether the end of a grant has come. */
export const isGrantExpired = ({ expires_at }: Grant, now: number): boolean => expires_at !== null && expires_at <= now

/** The next time at which a wallet needs the flush: a call that cannot run any more, a grant that expires, or a join that has begun.
 *  0: none. */
export const getDueAt = ({ grants, holds, moved }: WalletState): number => {
  if (moved?.content) return 1
  const expiries = grants.flatMap(({ left, expires_at }) => (left > 0 && expires_at !== null ? [expires_at] : []))
  const times = [...expiries, ...holds.map(({ due_at }) => due_at)]
  return times.length > 0 ? Math.min(...times) : 0
}

/** Finds the grants that have no points and that no call holds. They never get points again. */
export const findSpentGrants = ({ grants, holds }: WalletState): Grant[] => {
  const held = new Set(holds.flatMap(({ takes }) => takes.map((take) => take.grant)))
  return grants.filter(({ id, left }) => left === 0 && !held.has(id))
}

/** Removes grants from a wallet. */
export const removeGrants = ({ grants }: WalletState, removed: ReadonlySet<Grant>): void => {
  const kept = grants.filter((grant) => !removed.has(grant))
  grants.splice(0, grants.length, ...kept)
}
