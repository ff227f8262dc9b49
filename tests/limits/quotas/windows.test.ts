import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Window, type WindowName, windows } from '../../../shared/limits/quotas/windows.ts'

/** The time of a text without a zone in China. */
const inChina = (text: string): number => Date.parse(`${text}+08:00`)

test.each([
  ['day', '2026-11-29T23:59:59.999', '2026-11-29T00:00', '2026-11-30T00:00'],
  ['day', '2026-11-30T00:00', '2026-11-30T00:00', '2026-12-01T00:00'],
  // 2026-11-29 is a Sunday.
  ['week', '2026-11-29T23:59:59.999', '2026-11-23T00:00', '2026-11-30T00:00'],
  ['week', '2026-11-30T00:00', '2026-11-30T00:00', '2026-12-07T00:00'],
  ['week', '2027-01-01T12:00', '2026-12-28T00:00', '2027-01-04T00:00'],
  ['month', '2026-11-30T23:59:59.999', '2026-11-01T00:00', '2026-12-01T00:00'],
  ['month', '2026-12-31T23:59:59.999', '2026-12-01T00:00', '2027-01-01T00:00'],
  ['month', '2028-02-29T08:00', '2028-02-01T00:00', '2028-03-01T00:00'],
] as const)('counts a %s by the calendar of China: %s is in %s to %s', (name, now, start, end) => {
  const { getSlot, getEnd } = windows[name]
  expect(getSlot(inChina(now))).toBe(inChina(start))
  expect(getEnd(inChina(start))).toBe(inChina(end))
})

test.each([
  ['minute', 60_000, 1_000],
  ['5h', 18_000_000, 300_000],
] as const)('counts what was used for a whole rolling %s, and at most a sixtieth longer', (name, lengthMs, slotMs) => {
  const { getSlot, getEnd } = windows[name]
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (time) => {
      const end = getEnd(getSlot(time))
      expect(end).toBeGreaterThan(time + lengthMs - 1)
      expect(end).toBeLessThanOrEqual(time + lengthMs + slotMs)
    }),
  )
})

test('never ends a total', () => {
  const { total }: { readonly total: Window } = windows
  expect(total.getEnd(total.getSlot(4e12))).toBe(Number.POSITIVE_INFINITY)
})

test.each(Object.keys(windows) as WindowName[])(
  'puts every time of a %s into a slot that has begun and counts',
  (name) => {
    const { getSlot, getEnd } = windows[name]
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (time) => {
        const slot = getSlot(time)
        expect(slot).toBeLessThanOrEqual(time)
        expect(getEnd(slot)).toBeGreaterThan(time)
        expect(getSlot(slot)).toBe(slot)
      }),
    )
  },
)
