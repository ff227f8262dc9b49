import { toUsageRecord, type UsageRow } from '../row.ts'
import { createFileAppender, getFileSize } from './appender.ts'
import { readLines } from './lines.ts'
import { matchesRow } from './query-rows.ts'
import { FileReplay, type RowEvent } from './replay.ts'

/** The file and the replay of its lines. The replay begins at the first line only if a caller needs older rows: a function that needs
 *  its own rows only begins at the first of those. */
export class FileJournal {
  private readonly path: string
  private readonly appender
  private replay = new FileReplay()
  /** Whether the replay began at the first line. */
  private isWhole = false
  /** Whether the replay must begin at the first line. */
  private mustBeWhole = false
  private offset: number | undefined
  /** Our own events that are not replayed yet, each with whether it took effect. */
  private readonly awaited = new Map<string, boolean>()
  private reading: Promise<void> = Promise.resolve()
  private nextReading: Promise<void> | undefined

  constructor(path: string) {
    this.path = path
    this.appender = createFileAppender(path)
  }

  /** Appends an event. The line of a call's end also holds its usage record, for people who read the file. */
  append(row: UsageRow, event: RowEvent): Promise<void> {
    const line = { ...(row.state === 'final' && event.set.usage && toUsageRecord(row)), request_id: row.id, event }
    return this.appender.append(`${JSON.stringify(line)}\n`)
  }

  /** Appends a change if the row has the values of `when`. Resolves with whether the change took effect: another process may have
   *  changed the row first. */
  async change(id: string, event: RowEvent & { readonly when: Partial<UsageRow> }): Promise<boolean> {
    const before = await this.getUnfinishedRow(id)
    if (!before || !matchesRow(before, event.when)) return false
    this.awaited.set(event.by, false)
    await this.append({ ...before, ...event.set }, event)
    await this.catchUp()
    const tookEffect = this.awaited.get(event.by) === true
    this.awaited.delete(event.by)
    return tookEffect
  }

  /** Returns an unfinished row. */
  async getUnfinishedRow(id: string): Promise<UsageRow | undefined> {
    await this.catchUp()
    return this.replay.rows.get(id) ?? (await this.getUnfinishedRows()).get(id)
  }

  /** Returns all unfinished rows. */
  async getUnfinishedRows(): Promise<ReadonlyMap<string, UsageRow>> {
    this.mustBeWhole = true
    await this.catchUp()
    return this.replay.rows
  }

  /** Reads all rows from the file, finished ones first. None of them stays in memory. */
  async *readAllRows(): AsyncGenerator<UsageRow> {
    const replay = new FileReplay()
    for await (const { text } of readLines(this.path, 0)) {
      const applied = replay.apply(text)
      if (applied?.isFinished) yield applied.row
    }
    yield* replay.rows.values()
  }

  end(): Promise<void> {
    return this.appender.end()
  }

  /** Replays the lines that any process has appended by now. One reading runs at a time. Calls during a reading share the next one. */
  private catchUp(): Promise<void> {
    this.nextReading ??= this.reading.then(() => {
      const reading = this.readNewLines()
      this.reading = reading.catch(() => undefined)
      this.nextReading = undefined
      return reading
    })
    return this.nextReading
  }

  private async readNewLines(): Promise<void> {
    if (this.mustBeWhole && !this.isWhole) this.restart()
    this.offset ??= this.appender.sizeBefore() ?? 0
    this.isWhole ||= this.offset === 0
    const start = this.offset
    for await (const { text, end } of readLines(this.path, start)) {
      const applied = this.replay.apply(text)
      this.offset = end
      if (applied && this.awaited.has(applied.by)) this.awaited.set(applied.by, true)
    }
    if (this.offset > start || (await getFileSize(this.path)) >= start) return
    this.restart()
    await this.readNewLines()
  }

  /** Drops the replay and begins at the first line: the file is a different one now, or older rows are needed. */
  private restart(): void {
    this.replay = new FileReplay()
    this.offset = 0
    this.isWhole = true
  }
}
