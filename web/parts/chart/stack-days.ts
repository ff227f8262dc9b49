import { type DayRange, listDays } from './days.ts'

/** What a model stands for on one day, such as its points. */
export interface DayValue {
  /** `YYYY-MM-DD`. */
  readonly day: string
  readonly model: string
  readonly value: number
}

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

/** Groups values by day and model into bars. The models that have most come first; the rest of them is one series. Values of other
 *  days are left out. */
export const stackDays = (rows: readonly DayValue[], range: DayRange): Stack => {
  const days = listDays(range)
  const places = new Map(days.map((day, index) => [day, index]))
  const byModel = new Map<string, number[]>()
  for (const { day, model, value } of rows) {
    const place = places.get(day)
    if (place === undefined) continue
    const values = byModel.get(model) ?? days.map(() => 0)
    values[place] = (values[place] ?? 0) + value
    byModel.set(model, values)
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

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Returns the height of each bar's upper end: of the first series all values together, of the last its own. The bars are drawn in
 *  this order, each over the one before it. */
export const toHeights = ({ series }: Stack): number[][] =>
  series.map((_, first) =>
    (series[0]?.values ?? []).map((_, day) => sum(series.slice(first).map(({ values }) => values[day] ?? 0))),
  )
