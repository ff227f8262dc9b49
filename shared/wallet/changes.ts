import {
  type Entry,
  type EntryKind,
  findSpentGrants,
  type Grant,
  getAvailable,
  isDaily,
  isGrantExpired,
  removeGrants,
  type Take,
  type WalletState,
} from './wallet-state.ts'

/** Changes of a wallet. Each edits the state in place and depends only on the state and the time. It has no effect if it
 *  runs again on its own result, because a store may have run it although its reply was lost. */

/** The points that a call may cost. */
export interface Reservation {
  /** The id of the usage record. */
  readonly id: string
  readonly points: number
  readonly dueAt: number
  /** The points that the call costs if it has no record. */
  readonly unrecorded?: number | undefined
}

/** Holds points for a call, from the grants that expire soonest. Returns whether it did; otherwise the wallet has too
 *  few. */
export const reserve = (state: WalletState, { id, points, dueAt, unrecorded }: Reservation, now: number): boolean => {
  closeGrants(state, now)
  if (state.holds.some((hold) => hold.id === id)) return true
  if (getAvailable(state) < points) return false
  state.holds.push({ id, takes: draw(state, points), due_at: dueAt, ...(unrecorded && { unrecorded }) })
  return true
}

/** The cost of a call. */
export interface Settlement {
  readonly id: string
  readonly points: number
  /** Why it is charged. Default `call`. */
  readonly reason?: ChargeReason
}

/** `call`: by the call's record. `no record`: by the estimate of its prompt, because its function died before it wrote one. */
export type ChargeReason = 'call' | 'no record'

/** Charges a call and gives back what it held beyond that, to the grants that it was from. A call that costs more takes
 *  all that the wallet has; the rest is the entry's shortfall. Returns the points that were charged; undefined if the
 *  wallet has no hold of the call any more. */
export const settleHold = (
  state: WalletState,
  { id, points, reason = 'call' }: Settlement,
  now: number,
): number | undefined => {
  closeGrants(state, now)
  const index = state.holds.findIndex((hold) => hold.id === id)
  const [hold] = index < 0 ? [] : state.holds.splice(index, 1)
  if (!hold) return findCharge(state, id)
  const held = hold.takes.reduce((total, take) => total + take.points, 0)
  refund(state, hold.takes, Math.max(0, held - points))
  const more = draw(state, Math.min(Math.max(0, points - held), getAvailable(state)))
  const charged = Math.min(points, held) + more.reduce((total, take) => total + take.points, 0)
  const shortfall = points - charged
  if (charged > 0 || shortfall > 0)
    addEntry(
      state,
      {
        kind: 'charge',
        points: -charged,
        reference: id,
        reason,
        actor: 'user',
        ...(shortfall > 0 && { shortfall }),
      },
      now,
    )
  closeGrants(state, now)
  return charged
}

const findCharge = ({ entries }: WalletState, id: string): number | undefined => {
  const entry = entries.find(({ kind, reference }) => kind === 'charge' && reference === id)
  return entry && -entry.points
}

/** The facts of a grant. */
export interface NewGrant extends Pick<Grant, 'id' | 'points' | 'expires_at' | 'reason'> {
  readonly actor: string
}

/** Adds a grant. */
export const grant = (state: WalletState, { actor, ...facts }: NewGrant, now: number): void => {
  closeGrants(state, now)
  if (state.grants.some(({ id }) => id === facts.id)) return
  state.grants.push({ ...facts, left: facts.points, granted_at: now })
  addEntry(state, { kind: 'grant', points: facts.points, reference: facts.id, reason: facts.reason, actor }, now)
  closeGrants(state, now)
}

/** A grant by its key, which may have been given before. */
export interface KeyedGrant extends NewGrant {
  /** The number of an entry after which the record of the key had no result: the wallet had not forgotten the grant then. */
  readonly openAfter: number
}

/** Adds a grant unless the wallet has it. Returns false, without an effect, if the wallet may have had it and forgotten it
 *  meanwhile: the record of the key decides. */
export const grantByKey = (state: WalletState, { openAfter, ...facts }: KeyedGrant, now: number): boolean => {
  const { grants, entries, sequence } = state
  const isKnown = grants.some(({ id }) => id === facts.id)
  const isOutOfSight = sequence - openAfter > entries.length
  const isGiven = entries.some((entry) => isGrantEntry(entry, facts.id) && entry.sequence > openAfter)
  if (!isKnown && (isOutOfSight || isGiven)) return false
  grant(state, facts, now)
  return true
}

const isGrantEntry = ({ kind, reference }: Entry, id: string): boolean => kind === 'grant' && reference === id

/** Takes back the rest of a grant, and the points that running calls will give back to it. Returns the points taken back so
 *  far; 0 if all of it was spent long ago. */
export const revoke = (state: WalletState, id: string, now: number): number => {
  closeGrants(state, now)
  const found = state.grants.find((grant) => grant.id === id)
  if (!found) return 0
  found.revoked ??= 0
  closeGrants(state, now)
  return found.revoked
}

/** A grant of each day. */
export interface DailyGrant {
  /** The day in China, `YYYY-MM-DD`. */
  readonly day: string
  readonly points: number
  /** Midnight in China. */
  readonly expiresAt: number
}

/** Adds the grant of a day, once. A day before the last one gets none: clocks of instances differ. */
export const grantDaily = (state: WalletState, { day, points, expiresAt }: DailyGrant, now: number): void => {
  if (points === 0 || day <= state.day) return
  state.day = day
  grant(state, { id: `daily:${day}`, points, expires_at: expiresAt, reason: 'daily', actor: 'system' }, now)
}

/** Closes the grants that have expired or are revoked: their rest goes, each with an entry. */
export const closeGrants = (state: WalletState, now: number): void => {
  for (const grant of state.grants) {
    const isRevoked = grant.revoked !== undefined
    if (grant.left === 0 || !(isRevoked || isGrantExpired(grant, now))) continue
    const points = -grant.left
    if (isRevoked) grant.revoked = (grant.revoked ?? 0) + grant.left
    grant.left = 0
    const kind: EntryKind = isRevoked ? 'revoke' : 'expire'
    addEntry(
      state,
      { kind, points, reference: grant.id, reason: grant.reason, actor: isRevoked ? 'admin' : 'system' },
      now,
    )
  }
  forgetDailyGrants(state)
}

/** Forgets the grants of days that have no points and that no call holds. They have no key that repeats. */
const forgetDailyGrants = (state: WalletState): void => {
  const forgotten = new Set(findSpentGrants(state).filter(isDaily))
  if (forgotten.size > 0) removeGrants(state, forgotten)
}

/** Takes points from the grants that expire soonest; those that never expire are last. The wallet must have them. */
const draw = (state: WalletState, points: number): Take[] => {
  const expiry = ({ expires_at }: Grant): number => expires_at ?? Number.MAX_SAFE_INTEGER
  const sorted = state.grants.filter(({ left }) => left > 0).sort((one, other) => expiry(one) - expiry(other))
  const takes: Take[] = []
  let missing = points
  for (const grant of sorted) {
    if (missing === 0) break
    const taken = Math.min(grant.left, missing)
    grant.left -= taken
    missing -= taken
    takes.push({ grant: grant.id, points: taken })
  }
  return takes
}

/** Gives points back, to the grant that was drawn last first. */
const refund = (state: WalletState, takes: readonly Take[], points: number): void => {
  let rest = points
  for (const take of [...takes].reverse()) {
    const returned = Math.min(take.points, rest)
    const grant = state.grants.find(({ id }) => id === take.grant)
    if (grant) grant.left += returned
    rest -= returned
  }
}

/** Adds an entry. The balance after it follows from the entry before it, so that a wallet with thousands of grants is not added up
 *  for each. */
export const addEntry = (state: WalletState, facts: Omit<Entry, 'sequence' | 'balance' | 'ts'>, now: number): void => {
  const balance = (state.entries.at(-1)?.balance ?? 0) + facts.points
  state.sequence += 1
  state.entries.push({ sequence: state.sequence, balance, ts: now, ...facts })
}
