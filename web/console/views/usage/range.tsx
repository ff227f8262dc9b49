import { type DayRange, getLastDays } from '../../../parts/chart/days.ts'
import type { ConsoleMessages } from '../../messages.ts'

/** The options of {@link Range}. */
export interface RangeOptions {
  readonly messages: ConsoleMessages
  readonly range: DayRange
  readonly onRange: (range: DayRange) => void
  readonly onReload: () => void
}

const counts = [7, 30, 90] as const

/** The choice of the days. */
export const Range = ({ messages, range, onRange, onReload }: RangeOptions) => {
  const change = (part: Partial<DayRange>): void => {
    const next = { ...range, ...part }
    if (next.from !== '' && next.to !== '' && next.from <= next.to) onRange(next)
  }
  const isLast = (count: number): boolean => {
    const { from, to } = getLastDays(count)
    return range.from === from && range.to === to
  }
  return (
    <div class="bar">
      {counts.map((count) => (
        <button
          key={count}
          type="button"
          class="choice"
          aria-pressed={isLast(count)}
          onClick={() => (isLast(count) ? onReload() : onRange(getLastDays(count)))}
        >
          {messages.lastDays(count)}
        </button>
      ))}
      <label class="bar-field">
        {messages.from}
        <input
          class="field"
          type="date"
          value={range.from}
          max={range.to}
          onChange={(event) => change({ from: event.currentTarget.value })}
        />
      </label>
      <label class="bar-field">
        {messages.to}
        <input
          class="field"
          type="date"
          value={range.to}
          min={range.from}
          onChange={(event) => change({ to: event.currentTarget.value })}
        />
      </label>
    </div>
  )
}
