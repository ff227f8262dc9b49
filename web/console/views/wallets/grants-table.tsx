import { formatNumber } from '../../../design/format-number.ts'
import { formatTime } from '../../../parts/chart/days.ts'
import type { Grant } from '../../api/views.ts'
import type { ConsoleMessages } from '../../messages.ts'
import { DataTable } from '../../parts/data-table.tsx'

/** The options of {@link GrantsTable}. */
export interface GrantsTableOptions {
  readonly messages: ConsoleMessages
  readonly grants: readonly Grant[]
  readonly onRevoke: (key: string) => void
}

/** The daily grants of the gateway have keys that no person can use. */
const isDaily = ({ id }: Grant): boolean => id.startsWith('daily:')

/** The grants of which points are left, each with the button that takes them back. */
export const GrantsTable = ({ messages, grants, onRevoke }: GrantsTableOptions) => {
  const { walletColumns: columns } = messages
  if (grants.length === 0) return <p class="quiet">{messages.noGrants}</p>
  return (
    <>
      <h3>{messages.grants}</h3>
      <DataTable
        title={messages.grants}
        rows={grants}
        getKey={({ id }) => id}
        columns={[
          { title: columns.grant, read: ({ id }) => <code>{id}</code> },
          { title: columns.reason, read: ({ reason }) => reason || '–' },
          { title: columns.points, isNumber: true, read: ({ points }) => formatNumber(points) },
          { title: columns.left, isNumber: true, read: ({ left }) => formatNumber(left) },
          {
            title: columns.expires,
            read: ({ expires_at: time }) => (time === null ? messages.never : formatTime(time)),
          },
          {
            title: messages.changes.revoke.title,
            read: (grant) =>
              !isDaily(grant) && (
                <button type="button" class="button" onClick={() => onRevoke(grant.id)}>
                  {messages.changes.revoke.confirm}
                </button>
              ),
          },
        ]}
      />
    </>
  )
}
