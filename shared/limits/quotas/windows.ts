import { chinaOffsetMs, dayMs, toMidnight } from '../../runtime/china-day.ts'

/** A stretch of time that a quota covers. An amount goes into the slot of that time. Times are milliseconds
 *  since 1970. */
export interface Window {
  /** The start of the slot of a time. */
  readonly getSlot: (now: number) => number
  /** The time from which a slot no longer counts. Infinity: it always does. */
  readonly getEnd: (slot: number) => number
  /** Completes "100 requests …". */
  readonly words: string
}

/** A window that ends now. It is counted in 60 slots. A slot counts until its last moment has left the window, so no more
 *  than the limit is ever within it. */
const createRollingWindow = (lengthMs: number, words: string): Window => {
  const slotMs = lengthMs / 60
  return {
    getSlot: (now) => Math.floor(now / slotMs) * slotMs,
    getEnd: (slot) => slot + slotMs + lengthMs,
    words,
  }
}

/** Returns the midnight in China that begins the day. */
const toDayStart = (now: number): number => toMidnight(now) - dayMs

/** Weeks begin on Monday (ISO 8601). Day 0 of 1970 was a Thursday. */
const toWeekStart = (now: number): number => {
  const start = toDayStart(now)
  return start - (((start + chinaOffsetMs) / dayMs + 3) % 7) * dayMs
}

/** Returns the midnight in China that begins a month. */
const toMonthStart = (now: number, monthsLater = 0): number => {
  const date = new Date(now + chinaOffsetMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + monthsLater) - chinaOffsetMs
}

/** The windows by their names in a definition. Days, weeks and months are those of China. */
export const windows = {
  minute: createRollingWindow(60_000, 'in any minute'),
  '5h': createRollingWindow(5 * 3_600_000, 'in any 5 hours'),
  day: { getSlot: toDayStart, getEnd: (slot) => slot + dayMs, words: 'a day' },
  week: { getSlot: toWeekStart, getEnd: (slot) => slot + 7 * dayMs, words: 'a week' },
  month: { getSlot: (now) => toMonthStart(now), getEnd: (slot) => toMonthStart(slot, 1), words: 'a month' },
  total: { getSlot: () => 0, getEnd: () => Number.POSITIVE_INFINITY, words: 'in total' },
} as const satisfies Readonly<Record<string, Window>>

/** The name of a window. */
export type WindowName = keyof typeof windows

/** Whether a text is the name of a window. */
export const isWindowName = (text: string): text is WindowName => Object.hasOwn(windows, text)
