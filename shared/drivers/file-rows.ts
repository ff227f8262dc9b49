import { randomUUID } from 'node:crypto'
import { appendFile, type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isObject, parseJson } from '../runtime/json.ts'
import { keyedMutex } from '../runtime/keyed-mutex.ts'
import type { RangeStore, StoredRow } from './change-row.ts'

/** Stores a few rows in a local file, for development: one JSON object a line. Lines are only appended, and the first one with an
 *  id and version counts, so several processes can share the file. Only the file's owner can read it. */
export const fileRows = (path: string): RangeStore => {
  const runExclusive = keyedMutex()
  let replay = startReplay(0)
  /** Reads the lines that are new. A file that was replaced or cut is read anew. */
  const load = (): Promise<Replay> =>
    runExclusive('read', async () => {
      const file = await openExisting(path)
      if (!file) {
        replay = startReplay(0)
        return replay
      }
      try {
        const { ino, size } = await file.stat()
        if (ino !== replay.ino || size < replay.offset) replay = startReplay(ino)
        replay = replayLines(replay, await readEnd(file, replay.offset, size))
        return replay
      } finally {
        await file.close()
      }
    })
  /** Appends a version of a row. Resolves with whether it counts. */
  const append = (row: StoredRow): Promise<boolean> =>
    runExclusive('append', async () => {
      const mark = randomUUID()
      const { isWhole } = await load()
      await mkdir(dirname(path), { recursive: true })
      await appendFile(path, `${isWhole ? '' : '\n'}${JSON.stringify({ ...row, mark })}\n`, { mode: 0o600 })
      return (await load()).marks.has(mark)
    })
  return {
    read: async (id) => (await load()).rows.get(id),
    insert: async (rows) => {
      for (const row of rows) await append(row)
    },
    replace: append,
    findRange: async ({ from, below, limit }) =>
      [...(await load()).rows.values()]
        .filter(({ id }) => id >= from && id < below)
        .sort((one, other) => (one.id < other.id ? 1 : -1))
        .slice(0, limit),
  }
}

const openExisting = (path: string): Promise<FileHandle | undefined> =>
  open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

const readEnd = async (file: FileHandle, offset: number, size: number): Promise<Buffer> => {
  const bytes = Buffer.alloc(size - offset)
  const { bytesRead } = await file.read(bytes, 0, bytes.length, offset)
  return bytes.subarray(0, bytesRead)
}

/** What the complete lines of a file say. */
interface Replay {
  /** The file that was read (`Stats.ino`). */
  readonly ino: number
  /** The bytes of its complete lines. */
  readonly offset: number
  readonly rows: Map<string, StoredRow>
  /** The marks of the lines that count. */
  readonly marks: Set<string>
  /** Whether the last line is complete. Its writer may have died. */
  readonly isWhole: boolean
}

const startReplay = (ino: number): Replay => ({ ino, offset: 0, rows: new Map(), marks: new Set(), isWhole: true })

const replayLines = (replay: Replay, bytes: Buffer): Replay => {
  const end = bytes.lastIndexOf('\n') + 1
  for (const line of bytes.toString('utf8', 0, end).split('\n')) replayLine(replay, line)
  return { ...replay, offset: replay.offset + end, isWhole: end === bytes.length }
}

/** A version of a row, with the mark of its writer. */
type Line = StoredRow & { readonly mark: string }

const isLine = (value: unknown): value is Line =>
  isObject(value) && [value['id'], value['data'], value['mark']].every((field) => typeof field === 'string')

const replayLine = ({ rows, marks }: Replay, line: string): void => {
  const parsed = parseJson(line)
  if (!isLine(parsed)) return
  const { mark, ...row } = parsed
  if (row.version !== (rows.get(row.id)?.version ?? -1) + 1) return
  rows.set(row.id, row)
  marks.add(mark)
}
