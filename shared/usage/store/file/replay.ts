import { isObject, type JsonObject, parseJson } from '../../../runtime/json.ts'
import { readRow } from '../read-row.ts'
import type { UsageRow } from '../row.ts'
import { matchesRow } from './query-rows.ts'

/** One change of a row. A line of the file holds it as `event`, beside the row's id as `request_id`. */
export interface RowEvent {
  /** Identifies the event. */
  readonly by: string
  /** The values that the row must have; undefined: there must be no row. */
  readonly when?: Partial<UsageRow>
  readonly set: Partial<UsageRow>
}

/** An event that took effect. */
export interface AppliedEvent {
  readonly by: string
  /** The row after the event. */
  readonly row: UsageRow
  readonly isFinished: boolean
}

/** The number of finished rows whose ids are remembered. A row is inserted again if the result of the first try is unknown, which
 *  happens within seconds. */
const maxFinished = 10_000

/** Builds rows from the lines of the file. The order of the lines decides which of two transitions won. Finished rows are dropped. */
export class FileReplay {
  /** The unfinished rows by their ids. */
  readonly rows = new Map<string, UsageRow>()
  private readonly finished = new Set<string>()

  /** Applies a line. Returns undefined if it had no effect. */
  apply(text: string): AppliedEvent | undefined {
    const line = parseLine(text)
    if (!line) return undefined
    const { id, by, when, set } = line
    const before = this.rows.get(id)
    const matches = when ? before && matchesRow(before, when) : !before && !this.finished.has(id)
    if (!matches) return undefined
    const row = readRow({ ...before, ...set })
    const isFinished = isRowFinished(row)
    if (isFinished) this.drop(id)
    else this.rows.set(id, row)
    return { by, row, isFinished }
  }

  private drop(id: string): void {
    this.rows.delete(id)
    this.finished.add(id)
    if (this.finished.size <= maxFinished) return
    for (const oldest of this.finished) {
      this.finished.delete(oldest)
      return
    }
  }
}

/** A line that holds an event. */
export interface ParsedLine {
  readonly id: string
  readonly by: string
  readonly when: JsonObject | undefined
  readonly set: JsonObject
}

/** Parses a line of the file. Returns undefined if it holds no event: it is empty, or its writer died or failed before the end of the line. */
export const parseLine = (text: string): ParsedLine | undefined => {
  const line = parseJson(text)
  const event = isObject(line) ? line['event'] : undefined
  if (!isObject(line) || !isObject(event)) return undefined
  const { request_id: id } = line
  const { by, when, set } = event
  if (typeof id !== 'string' || typeof by !== 'string' || !isObject(set)) return undefined
  return when === undefined || isObject(when) ? { id, by, when, set } : undefined
}

/** Whether a row never changes again: its call has ended, and its record is delivered or has no delivery. */
const isRowFinished = ({ state, delivery }: UsageRow): boolean =>
  state !== 'open' && (delivery === 'none' || delivery === 'sent')

/** Whether only unfinished rows can have these values. */
export const matchesUnfinishedOnly = ({ state, delivery }: Partial<UsageRow>): boolean =>
  state === 'open' || delivery === 'pending' || delivery === 'dead'
