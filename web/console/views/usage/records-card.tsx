import { useState } from 'preact/hooks'
import { formatNumber } from '../../../design/format-number.ts'
import { formatTime } from '../../../parts/chart/days.ts'
import { useView } from '../../api/use-view.ts'
import type { Records, UsageRecord } from '../../api/views.ts'
import type { ConsoleMessages } from '../../messages.ts'
import { ChangeDialog } from '../../parts/change-dialog.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { Show } from '../../parts/show.tsx'

const kinds = ['newest', 'estimated', 'undelivered', 'dead', 'orphans'] as const

/** A redrive needs no fields. */
const nothing = {}

/** The newest records, or those that need a look. */
export const RecordsCard = ({ messages }: { readonly messages: ConsoleMessages }) => {
  const [kind, setKind] = useState<(typeof kinds)[number]>('newest')
  const records = useView<Records>(`records?kind=${kind}`)
  const [isAsked, setAsked] = useState(false)
  const close = (isDone: boolean): void => {
    setAsked(false)
    if (isDone) records.reload()
  }
  return (
    <section class="card" aria-label={messages.records}>
      <h2>{messages.records}</h2>
      <div class="bar">
        {kinds.map((name) => (
          <button
            key={name}
            type="button"
            class="choice"
            aria-pressed={name === kind}
            onClick={() => (name === kind ? records.reload() : setKind(name))}
          >
            {messages.recordKinds[name]}
          </button>
        ))}
      </div>
      {isAsked && <ChangeDialog {...{ messages }} name="redrive" request={nothing} onClose={close} />}
      <Show messages={messages} loaded={records}>
        {(view) =>
          view.records.length === 0 ? (
            <p class="quiet">{messages.noSuchRecords}</p>
          ) : (
            <>
              <DataTable
                title={messages.recordKinds[view.kind]}
                columns={listColumns(messages)}
                rows={view.records}
                getKey={({ request_id: id }) => id}
              />
              {view.kind === 'dead' && (
                <button type="button" class="button" onClick={() => setAsked(true)}>
                  {messages.changes.redrive.title}
                </button>
              )}
              {view.is_cut && <p class="quiet">{messages.newestOnly(view.records.length)}</p>}
            </>
          )
        }
      </Show>
    </section>
  )
}

const listColumns = ({
  columns,
  outcomes,
  deliveries,
  estimatedMark,
}: ConsoleMessages): readonly Column<UsageRecord>[] => [
  { title: columns.time, read: ({ ts }) => formatTime(ts) },
  { title: columns.user, read: ({ user_id: user }) => user ?? '–' },
  { title: columns.model, read: ({ model }) => model },
  {
    title: columns.tokens,
    isNumber: true,
    read: ({ usage, metadata }) =>
      `${metadata.estimated ? estimatedMark : ''}${formatNumber(usage.prompt_tokens)} + ${formatNumber(usage.completion_tokens)}`,
  },
  { title: columns.points, isNumber: true, read: ({ points }) => formatNumber(points) },
  {
    title: columns.outcome,
    read: ({ metadata }) => outcomes[metadata.outcome as keyof typeof outcomes] ?? metadata.outcome,
  },
  { title: columns.delivery, read: ({ delivery }) => deliveries[delivery as keyof typeof deliveries] ?? delivery },
  { title: columns.id, read: ({ request_id: id }) => <code>{id}</code> },
]
