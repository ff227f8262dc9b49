import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { toDay, toMidnight } from '../../shared/runtime/china-day.ts'
import { closeGrants, grant, grantDaily, reserve, revoke, settleHold } from '../../shared/wallet/changes.ts'
import {
  createEmptyState,
  getAvailable,
  getBalance,
  getDueAt,
  getReserved,
  type WalletState,
} from '../../shared/wallet/wallet-state.ts'

const give = (state: WalletState, id: string, points: number, expires_at: number | null = null, now = 0): void =>
  grant(state, { id, points, expires_at, reason: 'test', actor: 'admin' }, now)

const hold = (state: WalletState, id: string, points: number, now = 0): boolean =>
  reserve(state, { id, points, dueAt: 100 }, now)

const getLefts = ({ grants }: WalletState): Record<string, number> =>
  Object.fromEntries(grants.map(({ id, left }) => [id, left]))

describe('a call', () => {
  test('draws the grants that expire soonest, and those that never expire last', () => {
    const state = createEmptyState()
    give(state, 'never', 10)
    give(state, 'late', 10, 90)
    give(state, 'soon', 10, 50)
    expect(hold(state, 'call', 25)).toBe(true)
    expect(getLefts(state)).toEqual({ never: 5, late: 0, soon: 0 })
    expect([getBalance(state), getReserved(state), getAvailable(state)]).toEqual([30, 25, 5])
  })

  test('gives back what it did not use, to the grants that it was from', () => {
    const state = createEmptyState()
    give(state, 'soon', 10, 50)
    give(state, 'never', 10)
    hold(state, 'call', 15)
    expect(settleHold(state, { id: 'call', points: 12 }, 1)).toBe(12)
    expect(getLefts(state)).toEqual({ soon: 0, never: 8 })
    expect(state.holds).toEqual([])
    expect(state.entries.at(-1)).toMatchObject({ kind: 'charge', points: -12, balance: 8, reference: 'call' })
  })

  test('gives points back to a grant that expired meanwhile, where they expire', () => {
    const state = createEmptyState()
    give(state, 'soon', 10, 50)
    hold(state, 'call', 10)
    expect(settleHold(state, { id: 'call', points: 4 }, 60)).toBe(4)
    expect(getBalance(state)).toBe(0)
    expect(state.entries.map(({ kind, points, balance }) => [kind, points, balance])).toEqual([
      ['grant', 10, 10],
      ['charge', -4, 6],
      ['expire', -6, 0],
    ])
  })

  test('takes what is there if it costs more than it holds, and its entry has the shortfall', () => {
    const state = createEmptyState()
    give(state, 'a', 10)
    hold(state, 'call', 5)
    expect(settleHold(state, { id: 'call', points: 30 }, 1)).toBe(10)
    expect(state.entries.at(-1)).toMatchObject({ points: -10, balance: 0, shortfall: 20 })
    expect(getBalance(state)).toBe(0)
  })

  test('is refused if the wallet has too little, although the balance would be enough', () => {
    const state = createEmptyState()
    give(state, 'a', 10)
    expect([hold(state, 'one', 6), hold(state, 'two', 6)]).toEqual([true, false])
    expect(getAvailable(state)).toBe(4)
  })
})

test('takes back what is left of a revoked grant, and what running calls give back', () => {
  const state = createEmptyState()
  give(state, 'a', 10)
  hold(state, 'call', 6)
  expect(revoke(state, 'a', 1)).toBe(4)
  expect(getBalance(state)).toBe(6)
  settleHold(state, { id: 'call', points: 5 }, 2)
  expect(getBalance(state)).toBe(0)
  expect(revoke(state, 'a', 3)).toBe(5)
  expect(state.entries.map(({ kind, points }) => [kind, points])).toEqual([
    ['grant', 10],
    ['revoke', -4],
    ['charge', -5],
    ['revoke', -1],
  ])
})

describe('the grant of a day', () => {
  const midnight = Date.UTC(2026, 10, 28, 16)

  test('is given once a day of China, and is gone at its midnight', () => {
    const state = createEmptyState()
    const giveDaily = (now: number): void =>
      grantDaily(state, { day: toDay(now), expiresAt: toMidnight(now), points: 5 }, now)
    giveDaily(midnight - 2)
    giveDaily(midnight - 1)
    expect(getLefts(state)).toEqual({ 'daily:2026-11-28': 5 })
    giveDaily(midnight)
    expect(getLefts(state)).toEqual({ 'daily:2026-11-29': 5 })
    giveDaily(midnight - 1)
    expect(getBalance(state)).toBe(5)
    expect(state.entries.map(({ kind }) => kind)).toEqual(['grant', 'expire', 'grant'])
    expect(getDueAt(state)).toBe(midnight + 86_400_000)
  })
})

const id = fc.constantFrom('a', 'b', 'c', 'd')
const points = fc.integer({ min: 0, max: 40 })

/** A change at a time; `settled` has the calls that were settled. Its id is used once. */
const step = fc.oneof(
  fc.record({ id, points, after: fc.option(points) }).map(
    ({ id, points, after }) =>
      (state: WalletState, now: number) =>
        give(state, id, points, after === null ? null : now + after, now),
  ),
  fc.record({ points }).map(
    ({ points }) =>
      (state: WalletState, now: number) =>
        reserve(state, { id: `call-${now}`, points, dueAt: 9 }, now),
  ),
  fc.record({ index: fc.nat(3), points }).map(({ index, points }) => {
    let call: string | undefined
    return (state: WalletState, now: number) => {
      call ??= state.holds[index]?.id
      // A call that cost nothing leaves no trace to find.
      return call ? (settleHold(state, { id: call, points }, now) ?? 0) : 0
    }
  }),
  id.map((key) => (state: WalletState, now: number) => revoke(state, key, now)),
  fc.constant((state: WalletState, now: number) => closeGrants(state, now)),
)

test('keeps the balance equal to the sum of the entries, never negative, and has no effect when repeated', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const state = createEmptyState()
      for (const [now, change] of steps.entries()) {
        const result = change(state, now)
        const before = JSON.stringify(state)
        expect([change(state, now), JSON.stringify(state)]).toEqual([result, before])
        let balance = 0
        for (const [index, entry] of state.entries.entries()) {
          balance += entry.points
          expect([entry.sequence, entry.balance]).toEqual([index + 1, balance])
        }
        expect(getBalance(state)).toBe(balance)
        expect(state.grants.every(({ left }) => left >= 0)).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})
