import { isObject, parseJson } from '../../../runtime/json.ts'
import type { UsageRow } from '../row.ts'
import { matchesRow } from './query-rows.ts'

/** One line of the file: what was done to a row, if the row was as `when` says; undefined `when`: it was not there. */
export interface FileEvent {
  readonly request_id: string
  readonly event: { readonly by: string; readonly when?: Partial<UsageRow>; readonly set: Partial<UsageRow> }
}

/** What an event that took effect made of its row. */
export interface Applied {
  readonly by: string
  readonly row: UsageRow
  /** Whether nothing happens to the row any more. */
  readonly over: boolean
}

/** How many of the rows that are over are still known by their ids: one that is inserted twice, because nobody knew whether
 *  the first try had worked, is so within seconds. */
const maxFinished = 10_000

/** Makes rows of the file's lines, in their order: it decides which of two transitions won. Rows that are over are forgotten. */
export class FileReplay {
  /** Those that are not over, by their ids. */
  readonly rows = new Map<string, UsageRow>()
  private readonly over = new Set<string>()

  /** Applies a line; undefined where it had no effect. */
  apply(text: string): Applied | undefined {
    const line = parseJson(text)
    if (!isObject(line) || !isObject(line['event'])) return undefined
    const { request_id: id, event } = line as unknown as FileEvent
    const before = this.rows.get(id)
    const fits = event.when ? before && matchesRow(before, event.when) : !before && !this.over.has(id)
    if (!fits) return undefined
    const row = { ...before, ...event.set } as UsageRow
    const over = isFinished(row)
    if (over) this.forget(id)
    else this.rows.set(id, row)
    return { by: event.by, row, over }
  }

  private forget(id: string): void {
    this.rows.delete(id)
    this.over.add(id)
    if (this.over.size <= maxFinished) return
    for (const oldest of this.over) {
      this.over.delete(oldest)
      return
    }
  }
}

/** Whether nothing is left to do for a row: its answer has ended, and its record is delivered or need not be. */
const isFinished = ({ state, delivery }: UsageRow): boolean =>
  state !== 'open' && (delivery === 'none' || delivery === 'sent')

/** Whether only rows that are not over can have these values. */
export const matchesUnfinishedOnly = ({ state, delivery }: Partial<UsageRow>): boolean =>
  state === 'open' || delivery === 'pending' || delivery === 'dead'
