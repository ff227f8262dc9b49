import { formatNumber } from '../../../design/format-number.ts'
import { formatTime } from '../../../parts/chart/days.ts'
import type { Wallet } from '../../api/views.ts'
import type { ConsoleMessages } from '../../messages.ts'
import { DataTable } from '../../parts/data-table.tsx'

/** The options of {@link EntriesTable}. */
export interface EntriesTableOptions {
  readonly messages: ConsoleMessages
  readonly view: Wallet
  /** Whether the page shows the newest entries. */
  readonly isFirst: boolean
  /** Called with the start of another page; undefined: the newest entries. */
  readonly onPage: (before: number | undefined) => void
}

/** The entries of a wallet, newest first. */
export const EntriesTable = ({ messages, view, isFirst, onPage }: EntriesTableOptions) => {
  const { walletColumns: columns, entryKinds } = messages
  if (view.entries.length === 0) return <p class="quiet">{messages.noEntries}</p>
  return (
    <>
      <h3>{messages.entries}</h3>
      <DataTable
        title={messages.entries}
        rows={view.entries}
        getKey={({ kind, ts, balance, request_id: request = '', grant_id: grant = '' }) =>
          `${kind} ${ts} ${balance} ${request}${grant}`
        }
        columns={[
          { title: columns.time, read: ({ ts }) => formatTime(ts) },
          { title: columns.kind, read: ({ kind }) => entryKinds[kind as keyof typeof entryKinds] ?? kind },
          {
            title: columns.points,
            isNumber: true,
            read: ({ points }) => `${points > 0 ? '+' : ''}${formatNumber(points)}`,
          },
          { title: columns.balance, isNumber: true, read: ({ balance }) => formatNumber(balance) },
          { title: columns.reason, read: ({ reason }) => reason || '–' },
          { title: columns.reference, read: (entry) => <code>{entry.request_id ?? entry.grant_id}</code> },
        ]}
      />
      <div class="bar">
        {!isFirst && (
          <button type="button" class="button" onClick={() => onPage(undefined)}>
            {messages.newestEntries}
          </button>
        )}
        {view.next !== null && (
          <button type="button" class="button" onClick={() => onPage(view.next ?? undefined)}>
            {messages.olderEntries}
          </button>
        )}
      </div>
    </>
  )
}
