import { formatTime } from '../../../parts/chart/days.ts'
import type { Key } from '../../api/views.ts'
import type { ConsoleMessages } from '../../messages.ts'
import { DataTable } from '../../parts/data-table.tsx'

/** The options of {@link KeysTable}. */
export interface KeysTableOptions {
  readonly messages: ConsoleMessages
  readonly keys: readonly Key[]
  readonly onRevoke: (request: { readonly user_id: string; readonly id: string }) => void
}

/** The keys, each with what it is bound to and the button that ends it. */
export const KeysTable = ({ messages, keys, onRevoke }: KeysTableOptions) => {
  const { keyColumns: columns, keyStatuses } = messages
  if (keys.length === 0) return <p class="quiet">{messages.noKeys}</p>
  return (
    <DataTable
      title={messages.keys}
      rows={keys}
      getKey={({ id }) => id}
      columns={[
        {
          title: columns.key,
          read: ({ prefix, name, id }) => (
            <>
              <code title={id}>{prefix}…</code> {name}
            </>
          ),
        },
        { title: columns.owner, read: ({ user }) => user },
        {
          title: columns.status,
          read: ({ status, revoked_by: by }) =>
            `${keyStatuses[status as keyof typeof keyStatuses] ?? status}${by === null ? '' : ` (${by})`}`,
        },
        { title: columns.limits, read: (key) => describeLimits(key, messages) },
        { title: columns.made, read: ({ created_at: time, created_by: by }) => `${formatTime(time)} ${by}` },
        { title: columns.expires, read: ({ expires_at: time }) => (time === null ? messages.never : formatTime(time)) },
        {
          title: messages.changes.key_end.title,
          read: ({ status, user, id }) =>
            status === 'active' && (
              <button type="button" class="button" onClick={() => onRevoke({ user_id: user, id })}>
                {messages.changes.key_end.confirm}
              </button>
            ),
        },
      ]}
    />
  )
}

const describeLimits = (key: Key, messages: ConsoleMessages): string => {
  const { models, endpoints, addresses, points, window } = key
  const windows: Readonly<Record<string, string>> = messages.quotaWindows
  const parts = [...(models ?? []), ...(endpoints ?? []), ...(addresses ?? [])]
  if (points !== null) parts.push(messages.keyPoints(messages.points(points), windows[window ?? ''] ?? String(window)))
  return parts.length === 0 ? messages.unlimited : parts.join(', ')
}
