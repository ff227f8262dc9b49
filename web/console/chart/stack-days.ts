import { type DayRange, listDays } from '../api/days.ts'
import type { Totals } from '../api/views.ts'

/** What a chart shows of each day. */
export type Measure = 'points' | 'total_tokens' | 'records' | 'cost_nano'

/** The bars of a chart: for each day, one value of each model. */
export interface Stack {
  readonly days: readonly string[]
  readonly series: readonly StackSeries[]
}

/** One model of a chart. */
export interface StackSeries {
  /** Undefined: all models that have no series of their own. */
  readonly model: string | undefined
  /** One for each day. */
  readonly values: readonly number[]
}

/** The most models with a colour of their own. */
const maxModels = 5

/** Groups totals by day and model into bars. The models that have most come first; the rest of them is one series. */
export const stackDays = (totals: readonly Totals[], range: DayRange, measure: Measure): Stack => {
  const days = listDays(range)
  const places = new Map(days.map((day, index) => [day, index]))
  const byModel = new Map<string, number[]>()
  for (const { group, [measure]: value } of totals) {
    const place = places.get(group.day ?? '')
    if (place === undefined) continue
    const name = group.model ?? '-'
    const values = byModel.get(name) ?? days.map(() => 0)
    values[place] = (values[place] ?? 0) + toShown(value, measure)
    byModel.set(name, values)
  }
  const sorted = [...byModel].sort(([, one], [, other]) => sum(other) - sum(one))
  const own = sorted.slice(0, maxModels).map(([model, values]) => ({ model, values }))
  const rest = sorted.slice(maxModels).map(([, values]) => values)
  if (rest.length === 0) return { days, series: own }
  return {
    days,
    series: [
      ...own,
      { model: undefined, values: days.map((_, index) => sum(rest.map((values) => values[index] ?? 0))) },
    ],
  }
}

/** Costs are shown in yuan. */
const toShown = (value: number, measure: Measure): number => (measure === 'cost_nano' ? value / 1e9 : value)

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Returns the height of each bar's upper end: of the first series all values together, of the last its own. The bars are drawn in
 *  this order, each over the one before it. */
export const toHeights = ({ series }: Stack): number[][] =>
  series.map((_, first) =>
    (series[0]?.values ?? []).map((_, day) => sum(series.slice(first).map(({ values }) => values[day] ?? 0))),
  )
