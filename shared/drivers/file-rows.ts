import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isObject, parseJson } from '../runtime/json.ts'
import { keyedMutex } from '../runtime/keyed-mutex.ts'
import type { RowStore, StoredRow } from './change-row.ts'

/** Rows in a file, which can also be read by ranges of ids. */
export interface FileRows extends RowStore {
  /** Finds rows with ids from `from` to below `below`, largest id first. */
  readonly findRange: (range: {
    readonly from: string
    readonly below: string
    readonly limit: number
  }) => Promise<StoredRow[]>
}

/** Stores a few rows in a local file, for development: one JSON object a line. Lines are only appended, and the first one with an
 *  id and version counts, so several processes can share the file. Only the file's owner can read it. */
export const fileRows = (path: string): FileRows => {
  const runExclusive = keyedMutex()
  const load = async (): Promise<LoadedFile> => replay(await readIfPresent(path))
  /** Appends a version of a row. Resolves with whether it counts. */
  const append = (row: StoredRow): Promise<boolean> =>
    runExclusive(path, async () => {
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

const readIfPresent = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })

interface LoadedFile {
  readonly rows: ReadonlyMap<string, StoredRow>
  /** The marks of the lines that count. */
  readonly marks: ReadonlySet<string>
  /** Whether the last line is complete. Its writer may have died. */
  readonly isWhole: boolean
}

const replay = (text: string): LoadedFile => {
  const rows = new Map<string, StoredRow>()
  const marks = new Set<string>()
  for (const line of text.split('\n')) {
    const parsed = parseJson(line)
    if (!isObject(parsed)) continue
    const { mark, ...row } = parsed as unknown as StoredRow & { readonly mark: string }
    const nextVersion = (rows.get(row.id)?.version ?? -1) + 1
    if (row.version !== nextVersion) continue
    rows.set(row.id, row)
    marks.add(mark)
  }
  return { rows, marks, isWhole: text === '' || text.endsWith('\n') }
}
