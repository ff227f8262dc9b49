import { GatewayError } from '../../../shared/protocol/errors.ts'
import type { UsageRecord } from '../../../shared/usage/store/record.ts'
import { toUsageRecord, type UsageRow } from '../../../shared/usage/store/row.ts'
import type { RowQuery } from '../../../shared/usage/store/store.ts'
import type { Workspace } from '../workspace.ts'
import { requireStore } from './read-usage.ts'

/** Usage records of one kind, newest first. */
export interface RecordsView {
  readonly kind: RecordKind
  readonly records: readonly (UsageRecord & Pick<UsageRow, 'delivery' | 'attempts'>)[]
  /** Whether there are more of them. */
  readonly is_cut: boolean
}

/** A kind of records. */
export type RecordKind = keyof typeof kinds

/** The kinds of records, each with the values that its rows have. */
const kinds = {
  newest: {},
  estimated: { estimated: true },
  orphans: { outcome: 'orphan' },
  undelivered: { delivery: 'pending' },
  dead: { delivery: 'dead' },
} satisfies Readonly<Record<string, Partial<UsageRow>>>

const maxRecords = 50

/** Reads the newest records of a kind (`kind`, default `newest`), of all users or of one (`user`).
 *  @throws invalid_value (400) if there is no such kind; no_store (409) if there is no store */
export const readRecords = async (workspace: Workspace, query: URLSearchParams): Promise<RecordsView> => {
  const kind = parseKind(query.get('kind') ?? 'newest')
  const rows = await requireStore(workspace).find(toRowQuery(kind, query.get('user')))
  return {
    kind,
    records: rows
      .slice(0, maxRecords)
      .map((row) => ({ ...toUsageRecord(row), delivery: row.delivery, attempts: row.attempts })),
    is_cut: rows.length > maxRecords,
  }
}

const parseKind = (text: string): RecordKind => {
  if (Object.hasOwn(kinds, text)) return text as RecordKind
  const message = `'kind' must be one of ${Object.keys(kinds).join(', ')}.`
  throw new GatewayError(400, 'invalid_value', message, { param: 'kind' })
}

const toRowQuery = (kind: RecordKind, user: string | null): RowQuery => ({
  equal: { state: 'final', ...kinds[kind], ...(user !== null && { user_id: user }) },
  atMost: { field: 'closed_at', value: Date.now() },
  order: 'descending',
  limit: maxRecords + 1,
})
