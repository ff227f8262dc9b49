import type { Quota } from './quota.ts'
import { isWindowName, type Window, windows } from './windows.ts'

/** The counts of one subject: one row of a store. */
export interface QuotaState {
  /** For each quota, by {@link toCountKey}: the use in each slot of its window. */
  readonly counts: { [key: string]: [slot: number, amount: number][] }
  /** Calls that may still be corrected, by their ids, and the time after which they cannot run any more. */
  readonly open: { [call: string]: number }
  /** The row that counts instead of this one, because its user is another id's. Undefined: this one counts. */
  owner?: string
}

/** The part of a quota that a call adds. */
export interface QuotaUse {
  readonly quota: Quota
  readonly amount: number
  /** The most that the row may count of the quota: its limit, or the row's share of it. */
  readonly limit: number
}

/** The parts that a call takes from the quotas of one subject. */
export interface Taking {
  /** Undefined: the call is never corrected. */
  readonly id: string | undefined
  readonly uses: readonly QuotaUse[]
  /** The time after which the call cannot run any more, in milliseconds since 1970. */
  readonly until: number
}

/** When a call was counted, and the time now, in milliseconds since 1970. */
export interface Times {
  readonly takenAt: number
  readonly now: number
}

/** Why a call is refused. */
export interface QuotaRefusal extends Omit<QuotaUse, 'limit'> {
  /** The time from which such a call is within the quota, if nothing else uses it; undefined: waiting does not help. */
  readonly freeAt: number | undefined
}

/** The row that counts the calls of a subject. */
export interface JoinedRow {
  readonly owner: string
}

/** Creates the counts of a subject that has used nothing. */
export const createEmptyCounts = (): QuotaState => ({ counts: {}, open: {} })

/** The key of a count. A quota whose unit or window changes begins again; one whose limit changes goes on. */
const toCountKey = ({ name, unit, window }: Quota): string => `${name}:${unit}:${window}`

/** Adds the bound of a call to all of its quotas, or to none. Returns the first that is full, or the row that counts instead of this
 *  one; undefined if it was added. A repeat of an open call adds nothing. */
export const take = (
  state: QuotaState,
  { id, uses, until }: Taking,
  now: number,
): QuotaRefusal | JoinedRow | undefined => {
  if (state.owner !== undefined) return { owner: state.owner }
  forget(state, now)
  if (id !== undefined && state.open[id] !== undefined) return undefined
  for (const use of uses) {
    const slots = state.counts[toCountKey(use.quota)] ?? []
    if (use.amount > 0 && addAmounts(slots) + use.amount > use.limit)
      return { ...use, freeAt: findFreeTime(slots, use) }
  }
  for (const { quota, amount } of uses) add(state, quota, { slot: windows[quota.window].getSlot(now), amount })
  if (id !== undefined) state.open[id] = until
  return undefined
}

/** Corrects what an open call has added, and closes it. A repeat has no effect.
 *  @param takenAt when it was added */
export const correct = (state: QuotaState, { id, uses }: Omit<Taking, 'until'>, takenAt: number): void => {
  if (id === undefined || state.open[id] === undefined) return
  delete state.open[id]
  for (const { quota, amount } of uses) add(state, quota, { slot: windows[quota.window].getSlot(takenAt), amount })
}

/** How long a row remembers that it gave something back, in milliseconds: longer than one change of a row is tried. */
const givenBackMs = 30_000

/** Takes back all that a call has added because another row refuses it, even if its id has left this row meanwhile. A
 *  repeat has no effect. */
export const giveBack = (state: QuotaState, { id, uses }: Omit<Taking, 'until'>, { takenAt, now }: Times): void => {
  const mark = `${id}:given-back`
  if (id === undefined || state.open[mark] !== undefined) return
  delete state.open[id]
  state.open[mark] = now + givenBackMs
  for (const { quota, amount } of uses)
    add(state, quota, { slot: windows[quota.window].getSlot(takenAt), amount: -amount })
}

/** Takes back what a call may have added by a write whose effect is unknown. The row remembers it in any case: so its version
 *  changes, and that write has no effect any more. A repeat has no effect. */
export const withdraw = (state: QuotaState, { id, uses }: Omit<Taking, 'until'>, times: Times): void =>
  giveBack(state, { id, uses: id !== undefined && state.open[id] !== undefined ? uses : [] }, times)

/** Returns what the slots of a quota that still count add up to. The state stays as it is. */
export const countUsed = ({ counts }: QuotaState, quota: Quota, now: number): number =>
  addAmounts((counts[toCountKey(quota)] ?? []).filter(([slot]) => windows[quota.window].getEnd(slot) > now))

const add = ({ counts }: QuotaState, quota: Quota, { slot, amount }: { slot: number; amount: number }): void => {
  if (amount === 0) return
  const key = toCountKey(quota)
  counts[key] ??= []
  const found = counts[key].find(([start]) => start === slot)
  if (found) found[1] = Math.max(0, found[1] + amount)
  else if (amount > 0) counts[key].push([slot, amount])
}

const addAmounts = (slots: readonly [number, number][]): number =>
  slots.reduce((total, [, amount]) => total + amount, 0)

/** Finds the time from which an amount is within a quota, if nothing else uses the rows that count it. */
export const findFreeTimeIn = (states: readonly QuotaState[], use: QuotaUse): number | undefined =>
  findFreeTime(
    states.flatMap(({ counts }) => counts[toCountKey(use.quota)] ?? []),
    use,
  )

/** Returns the end of the slot after which there is room for an amount. A slot may be in several rows. */
const findFreeTime = (slots: readonly [number, number][], { quota, amount, limit }: QuotaUse): number | undefined => {
  const { getEnd }: Window = windows[quota.window]
  let used = addAmounts(slots)
  for (const [slot, counted] of [...slots].sort(([one], [other]) => one - other)) {
    used -= counted
    const end = getEnd(slot)
    if (used + amount <= limit) return Number.isFinite(end) ? end : undefined
  }
  return undefined
}

/** Removes what no longer counts: slots that have left their window, and calls that cannot run any more. */
const forget = ({ counts, open }: QuotaState, now: number): void => {
  for (const key of Object.keys(counts)) {
    const window = key.slice(key.lastIndexOf(':') + 1)
    const kept = (counts[key] ?? []).filter(([slot]) => isWindowName(window) && windows[window].getEnd(slot) > now)
    if (kept.length > 0) counts[key] = kept
    else delete counts[key]
  }
  for (const [id, until] of Object.entries(open)) if (until <= now) delete open[id]
}
