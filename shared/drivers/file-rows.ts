import { randomUUID } from 'node:crypto'
import { appendFile, type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isObject, parseJson } from '../runtime/json.ts'
import { keyedMutex } from '../runtime/keyed-mutex.ts'
import type { RangeStore, StoredRow } from './change-row.ts'

/** A few rows in a file. */
export interface FileRows extends RangeStore {
  /** Returns all rows, in the order of their ids. */
  readonly list: () => Promise<StoredRow[]>
  /** Removes a row if its version is still that of the given one. */
  readonly remove: (row: StoredRow) => Promise<void>
}

/** Stores a few rows in a local file, for development: one JSON object a line. Lines are only appended, and the first one with an
 *  id and version counts, so several processes can share the file. Only the file's owner can read it. */
export const fileRows = (path: string): FileRows => {
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
  /** Appends a version of a row, or its end. Resolves with whether it counts. */
  const append = (row: StoredRow & { readonly isRemoved?: true }): Promise<boolean> =>
    runExclusive('append', async () => {
      const mark = randomUUID()
      const { isWhole } = await load()
      await mkdir(dirname(path), { recursive: true })
      await appendFile(path, `${isWhole ? '' : '\n'}${JSON.stringify({ ...row, mark })}\n`, { mode: 0o600 })
      return (await load()).marks.has(mark)
    })
  const list = async (): Promise<StoredRow[]> =>
    [...(await load()).rows.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
  return {
    read: async (id) => (await load()).rows.get(id),
    insert: async (rows) => {
      for (const row of rows) await append(row)
    },
    replace: append,
    findRange: async ({ from, below, limit }) =>
      (await list())
        .filter(({ id }) => id >= from && id < below)
        .reverse()
        .slice(0, limit),
    list,
    remove: async ({ id, version }) => {
      await append({ id, version: version + 1, dueAt: 0, data: '', isRemoved: true })
    },
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

/** A version of a row, or its end, with the mark of its writer. */
type Line = StoredRow & { readonly mark: string; readonly isRemoved?: true }

const isLine = (value: unknown): value is Line =>
  isObject(value) && [value['id'], value['data'], value['mark']].every((field) => typeof field === 'string')

const replayLine = ({ rows, marks }: Replay, line: string): void => {
  const parsed = parseJson(line)
  if (!isLine(parsed)) return
  const { mark, isRemoved, ...row } = parsed
  if (row.version !== (rows.get(row.id)?.version ?? -1) + 1) return
  if (isRemoved) rows.delete(row.id)
  else rows.set(row.id, row)
  marks.add(mark)
}
