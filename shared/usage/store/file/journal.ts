import { toUsageRecord, type UsageRow } from '../row.ts'
import { createFileAppender, getFileSize } from './appender.ts'
import { readLines } from './lines.ts'
import { matchesRow } from './query-rows.ts'
import { type FileEvent, FileReplay } from './replay.ts'

/** The file, and what of it has been replayed. It is replayed from its beginning only where older rows are asked for: a function
 *  that only deals with rows of its own begins at its first. */
export class FileJournal {
  private readonly path: string
  private readonly appender
  private replay = new FileReplay()
  /** Whether it has begun at the file's beginning, and whether it must. */
  private isWhole = false
  private wantsWhole = false
  private offset: number | undefined
  /** Our own events on their way through the file, and whether they took effect. */
  private readonly awaited = new Map<string, boolean>()
  private reading: Promise<void> = Promise.resolve()
  private next: Promise<void> | undefined

  constructor(path: string) {
    this.path = path
    this.appender = createFileAppender(path)
  }

  /** Appends an event. The line that ends an answer holds its usage record as well, for whoever reads the file. */
  append(row: UsageRow, event: FileEvent['event']): Promise<void> {
    const line = { ...(row.state === 'final' && event.set.usage && toUsageRecord(row)), request_id: row.id, event }
    return this.appender.append(`${JSON.stringify(line)}\n`)
  }

  /** Appends a change of a row that is as `when` says, and tells whether it took effect: another may have come first. */
  async change(id: string, event: FileEvent['event'] & { readonly when: Partial<UsageRow> }): Promise<boolean> {
    const before = await this.unfinishedRow(id)
    if (!before || !matchesRow(before, event.when)) return false
    this.awaited.set(event.by, false)
    await this.append({ ...before, ...event.set }, event)
    await this.catchUp()
    const tookEffect = this.awaited.get(event.by) === true
    this.awaited.delete(event.by)
    return tookEffect
  }

  /** A row that is not over. */
  async unfinishedRow(id: string): Promise<UsageRow | undefined> {
    await this.catchUp()
    return this.replay.rows.get(id) ?? (await this.unfinishedRows()).get(id)
  }

  /** All rows that are not over. */
  async unfinishedRows(): Promise<ReadonlyMap<string, UsageRow>> {
    this.wantsWhole = true
    await this.catchUp()
    return this.replay.rows
  }

  /** All rows, those that are over first. Nothing of it is kept. */
  async *allRows(): AsyncGenerator<UsageRow> {
    const replay = new FileReplay()
    for await (const { text } of readLines(this.path, 0)) {
      const applied = replay.apply(text)
      if (applied?.over) yield applied.row
    }
    yield* replay.rows.values()
  }

  end(): Promise<void> {
    return this.appender.end()
  }

  /** Reads what has been appended by now, by whomever. One reading at a time; who asks while one goes on shares the next. */
  private catchUp(): Promise<void> {
    this.next ??= this.reading.then(() => {
      const reading = this.readOn()
      this.reading = reading.catch(() => undefined)
      this.next = undefined
      return reading
    })
    return this.next
  }

  private async readOn(): Promise<void> {
    if (this.wantsWhole && !this.isWhole) this.beginAnew()
    this.offset ??= this.appender.sizeBefore() ?? 0
    this.isWhole ||= this.offset === 0
    const start = this.offset
    for await (const { text, end } of readLines(this.path, start)) {
      const applied = this.replay.apply(text)
      this.offset = end
      if (applied && this.awaited.has(applied.by)) this.awaited.set(applied.by, true)
    }
    if (this.offset > start || (await getFileSize(this.path)) >= start) return
    this.beginAnew()
    await this.readOn()
  }

  /** Forgets what has been read: the file is another one, or more of it is needed. */
  private beginAnew(): void {
    this.replay = new FileReplay()
    this.offset = 0
    this.isWhole = true
  }
}
