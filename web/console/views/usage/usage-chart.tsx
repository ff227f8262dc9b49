import { useMemo, useState } from 'preact/hooks'
import { formatNumber } from '../../../design/format-number.ts'
import { Chart } from '../../../parts/chart/chart.tsx'
import { type DayValue, stackDays } from '../../../parts/chart/stack-days.ts'
import type { Totals, Usage } from '../../api/views.ts'
import type { ConsoleMessages } from '../../messages.ts'

/** What a chart shows of each day. */
type Measure = 'points' | 'total_tokens' | 'records' | 'cost_nano'

/** The options of {@link UsageChart}. */
export interface UsageChartOptions {
  readonly messages: ConsoleMessages
  readonly view: Usage
  readonly all: Totals
}

const measures: readonly Measure[] = ['points', 'total_tokens', 'records', 'cost_nano']

/** The sums of the days, each of which chooses what the chart below them shows. */
export const UsageChart = ({ messages, view, all }: UsageChartOptions) => {
  const [measure, setMeasure] = useState<Measure>('points')
  const stack = useMemo(() => stackDays(toValues(view.days, measure), view), [view, measure])
  const formatSum = (name: Measure): string =>
    name === 'cost_nano' ? `¥${formatNumber(all.cost_nano / 1e9)}` : formatNumber(all[name])
  return (
    <section class="card chart-card" aria-label={messages.chart}>
      <div class="sums">
        {measures.map((name) => (
          <button key={name} type="button" class="sum" aria-pressed={name === measure} onClick={() => setMeasure(name)}>
            <span class="quiet">{messages.measures[name]}</span>
            <strong>{formatSum(name)}</strong>
          </button>
        ))}
      </div>
      <Chart
        {...{ stack, formatNumber }}
        label={messages.chartLabel(messages.measures[measure], view.from, view.to, formatSum(measure))}
        others={messages.otherModels}
      />
    </section>
  )
}

/** Costs are shown in yuan. */
const toValues = (totals: readonly Totals[], measure: Measure): DayValue[] =>
  totals.map(({ group: { day = '', model = '-' }, [measure]: value }) => ({
    day,
    model,
    value: measure === 'cost_nano' ? value / 1e9 : value,
  }))
