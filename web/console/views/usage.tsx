import { useState } from 'preact/hooks'
import { type DayRange, getLastDays } from '../../parts/chart/days.ts'
import { useView } from '../api/use-view.ts'
import type { Usage as UsageView } from '../api/views.ts'
import { Show } from '../parts/show.tsx'
import { Range } from './usage/range.tsx'
import { RecordsCard } from './usage/records-card.tsx'
import { TotalsCard } from './usage/totals-card.tsx'
import { UsageChart } from './usage/usage-chart.tsx'
import type { ViewOptions } from './view-options.ts'

/** The usage of some days: sums, a chart, tables by day, model and user, and records to look at. */
export const Usage = ({ messages }: ViewOptions) => {
  const [range, setRange] = useState<DayRange>(() => getLastDays(30))
  const usage = useView<UsageView>(`usage?from=${range.from}&to=${range.to}`)
  return (
    <>
      <Range {...{ messages, range, onRange: setRange }} onReload={usage.reload} />
      <Show messages={messages} loaded={usage}>
        {(view) =>
          view.all === null ? (
            <p class="card">{messages.noRecords}</p>
          ) : (
            <>
              <UsageChart {...{ messages, view }} all={view.all} />
              <TotalsCard {...{ messages, view }} all={view.all} />
            </>
          )
        }
      </Show>
      <RecordsCard messages={messages} />
    </>
  )
}
