import { useState } from 'preact/hooks'
import { formatNumber } from '../../../design/format-number.ts'
import { type Failure, readFile, toFailure } from '../../api/client.ts'
import { saveFile } from '../../api/save-file.ts'
import type { Totals, Usage } from '../../api/views.ts'
import type { ConsoleMessages } from '../../messages.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { FailureNote } from '../../parts/failure-note.tsx'

/** The options of {@link TotalsCard}. */
export interface TotalsCardOptions {
  readonly messages: ConsoleMessages
  readonly view: Usage
  readonly all: Totals
}

const groupings = ['day', 'model', 'user'] as const

/** A grouping of the table. */
type Grouping = (typeof groupings)[number]

const fields = { day: 'day', model: 'model', user: 'user_id' } as const

/** The totals as a table by day, model or user, and as CSV. */
export const TotalsCard = ({ messages, view, all }: TotalsCardOptions) => {
  const [by, setBy] = useState<Grouping>('day')
  const [failure, setFailure] = useState<Failure | undefined>(undefined)
  const save = (): void => {
    setFailure(undefined)
    readFile(`usage.csv?by=${by}&from=${view.from}&to=${view.to}`).then(
      (content) => saveFile(`usage-by-${by}-${view.from}-${view.to}.csv`, content),
      (thrown: unknown) => setFailure(toFailure(thrown)),
    )
  }
  return (
    <section class="card" aria-label={messages.totals}>
      <div class="bar">
        {groupings.map((name) => (
          <button key={name} type="button" class="choice" aria-pressed={name === by} onClick={() => setBy(name)}>
            {messages.groupings[name]}
          </button>
        ))}
        <button type="button" class="button bar-end" onClick={save}>
          {messages.saveCsv}
        </button>
      </div>
      {failure && <FailureNote {...{ messages, failure }} />}
      {view.is_cut && <p class="row-alert">{messages.totalsCut}</p>}
      {view.skipped.length > 0 && (
        <p class="row-alert">{messages.skippedLines(view.skipped.reduce((sum, { count }) => sum + count, 0))}</p>
      )}
      <DataTable
        title={messages.groupings[by]}
        columns={listColumns(messages, by)}
        rows={[...listRows(view, by), all]}
        getKey={({ group }) => getName(group, by, '')}
      />
    </section>
  )
}

const getName = (group: Totals['group'], by: Grouping, all: string): string => {
  const value = group[fields[by]]
  return value === undefined ? all : (value ?? '–')
}

/** The days are read by model, so that their sums are made here. */
const listRows = (view: Usage, by: Grouping): readonly Totals[] => {
  if (by !== 'day')
    return [...(by === 'model' ? view.models : view.users)].sort((one, other) => other.points - one.points)
  const days = new Map<string, Totals>()
  for (const totals of view.days) {
    const day = totals.group.day ?? ''
    const before = days.get(day)
    days.set(day, before ? add(before, totals) : { ...totals, group: { day } })
  }
  return [...days.values()].reverse()
}

const add = (one: Totals, other: Totals): Totals => ({
  ...one,
  ...Object.fromEntries(amounts.map((name) => [name, one[name] + other[name]])),
})

const amounts = [
  'records',
  'prompt_tokens',
  'cached_tokens',
  'completion_tokens',
  'total_tokens',
  'points',
  'cost_nano',
  'estimated',
  'orphans',
  'undelivered',
  'dead',
] as const

const listColumns = (messages: ConsoleMessages, by: Grouping): readonly Column<Totals>[] => [
  { title: messages.groups[by], read: ({ group }) => getName(group, by, messages.all) },
  ...amounts.map((name) => ({
    title: messages.amounts[name],
    isNumber: true,
    read: (totals: Totals) => (name === 'cost_nano' ? (totals.cost_nano / 1e9).toFixed(4) : formatNumber(totals[name])),
  })),
]
