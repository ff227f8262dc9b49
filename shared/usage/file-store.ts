import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isObject, parseJson } from '../protocol/json.ts'
import { findRows, matches, totalsOfRows } from './memory-rows.ts'
import { recordOf, type UsageRow } from './usage-row.ts'
import type { UsageStore } from './usage-store.ts'

/** One line of the file: what was done to a row, if the row was as `when` says; undefined `when`: it was not there. A line
 *  that ends an answer holds its usage record as well, for whoever reads the file. */
interface Event {
  readonly request_id: string
  readonly event: { readonly by: string; readonly when?: Partial<UsageRow>; readonly set: Partial<UsageRow> }
}

/** Keeps rows in a local file, one JSON object a line, for development and single machines. Lines are only ever appended, and
 *  the file's order decides: whoever replays it learns which of two transitions won, so several processes can share it. Inserting
 *  only appends: a function that writes its records and nothing else reads nothing and holds nothing. */
export const fileStore = (path: string): UsageStore => {
  const journal = new Journal(path)
  return {
    insert: (row) => journal.append(row, { by: randomUUID(), set: row }),
    change: async (id, when, set) => {
      const before = (await journal.replay()).get(id)
      if (!before || !matches(before, when)) return false
      return journal.appendAndTell({ ...before, ...set }, { by: randomUUID(), when, set })
    },
    read: async (id) => (await journal.replay()).get(id),
    find: async (query) => findRows((await journal.replay()).values(), query),
    totals: async (query) => totalsOfRows((await journal.replay()).values(), query),
    end: () => Promise.resolve(),
  }
}

/** The file, replayed as far as it has been read. */
class Journal {
  private readonly path: string
  private readonly rows = new Map<string, UsageRow>()
  /** Our own events on their way through the file, and whether they took effect. */
  private readonly awaited = new Map<string, boolean>()
  private offset = 0
  private turn: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.path = path
  }

  /** Appends an event. */
  async append(row: UsageRow, event: Event['event']): Promise<void> {
    const line = { ...(row.state === 'final' && event.set.usage && recordOf(row)), request_id: row.id, event }
    await mkdir(dirname(this.path), { recursive: true })
    await appendFile(this.path, `${JSON.stringify(line)}\n`)
  }

  /** Appends an event and tells whether it took effect. */
  async appendAndTell(row: UsageRow, event: Event['event']): Promise<boolean> {
    this.awaited.set(event.by, false)
    await this.append(row, event)
    await this.replay()
    const tookEffect = this.awaited.get(event.by) === true
    this.awaited.delete(event.by)
    return tookEffect
  }

  /** Reads what has been appended since, by whomever; one reader at a time. */
  replay(): Promise<ReadonlyMap<string, UsageRow>> {
    const next = this.turn.then(() => this.readOn())
    this.turn = next.catch(() => undefined)
    return next
  }

  private async readOn(): Promise<ReadonlyMap<string, UsageRow>> {
    const appended = await readFrom(this.path, this.offset)
    const end = appended.lastIndexOf('\n') + 1
    this.offset += end
    for (const line of appended.subarray(0, end).toString().split('\n')) this.apply(parseJson(line))
    return this.rows
  }

  private apply(line: unknown): void {
    if (!isObject(line) || !isObject(line['event'])) return
    const { request_id: id, event } = line as unknown as Event
    const row = this.rows.get(id)
    const fits = event.when ? row && matches(row, event.when) : !row
    if (!fits) return
    this.rows.set(id, { ...row, ...event.set } as UsageRow)
    if (this.awaited.has(event.by)) this.awaited.set(event.by, true)
  }
}

/** The bytes of a file from an offset on; none where there is no file yet. */
const readFrom = async (path: string, offset: number): Promise<Buffer> => {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!file) return Buffer.alloc(0)
  try {
    const { size } = await file.stat()
    const bytes = Buffer.alloc(Math.max(0, size - offset))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, offset)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
