import { setTimeout as sleep } from 'node:timers/promises'

/** A row whose content changes whole. */
export interface StoredRow {
  readonly id: string
  /** 0 for a new row. Each change adds one. */
  readonly version: number
  /** The time in milliseconds since 1970 from which a flush must look at the row. 0: never. */
  readonly dueAt: number
  /** Its content as JSON. */
  readonly data: string
}

/** Stores rows. Every method rejects if its effect is unknown. */
export interface RowStore {
  readonly read: (id: string) => Promise<StoredRow | undefined>
  /** Writes new rows. A row with the same id stays as it is. */
  readonly insert: (rows: readonly StoredRow[]) => Promise<void>
  /** Replaces a row if its version is one less than the given one. Resolves with whether it did. Of simultaneous changes
   *  of one version, one takes effect. */
  readonly replace: (row: StoredRow) => Promise<boolean>
}

/** A store of rows that can also be read by ranges of ids. */
export interface RangeStore extends RowStore {
  /** Finds rows with ids from `from` to below `below`, largest id first. */
  readonly findRange: (range: IdRange) => Promise<StoredRow[]>
}

/** A range of ids. */
export interface IdRange {
  readonly from: string
  readonly below: string
  readonly limit: number
}

/** The content of the rows of one kind. */
export interface RowKind<State> {
  /** Creates the content of a new row. */
  readonly create: () => State
  /** Default: no flush looks at the row. */
  readonly getDueAt?: (state: State) => number
  /** Called with the content as it is stored. The function that it resolves with is called after the changes, before the row is
   *  written. */
  readonly prepare?: (id: string, state: State) => Promise<() => Promise<void>>
}

/** Applies a change to the content of a row and resolves with its result, once the store has it. `change` may run several
 *  times, each time on another version of the row, and must have no effect on its own result. If the reply to a write is
 *  lost, `change` runs again on a row that may already have it.
 *  @throws if the store cannot be used; the change may have been made then */
export type ChangeRow<State> = <Result>(id: string, change: (state: State) => Result) => Promise<Result>

/** A change that waits. */
interface Waiting<State> {
  readonly change: (state: State) => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Creates the function through which all changes of rows of a kind go. A change is computed from the row as it was last
 *  seen, and written on condition that its version is still the same. If it is not, the row is read, and the change
 *  computed again. Changes of one row that wait together are written together. */
export const createChangeRow = <State>(store: RowStore, kind: RowKind<State>): ChangeRow<State> => {
  const writeChanges = createWriteChanges(store, kind)
  const queues = new Map<string, Waiting<State>[]>()
  const drain = async (id: string, queue: Waiting<State>[]): Promise<void> => {
    while (queue.length > 0) await settleBatch(id, queue, writeChanges)
    queues.delete(id)
  }
  return <Result>(id: string, change: (state: State) => Result) =>
    new Promise<Result>((resolve, reject) => {
      const waiting: Waiting<State> = { change, resolve: resolve as (result: unknown) => void, reject }
      const queue = queues.get(id)
      if (queue) queue.push(waiting)
      else {
        const created = [waiting]
        queues.set(id, created)
        void drain(id, created)
      }
    })
}

/** Writes the changes that `takeBatch` returns, which may be more each time. Resolves with their results. */
type WriteChanges<State> = (id: string, takeBatch: () => readonly Waiting<State>[]) => Promise<unknown[]>

/** Writes all changes that wait when their row has been read. */
const settleBatch = async <State>(
  id: string,
  queue: Waiting<State>[],
  writeChanges: WriteChanges<State>,
): Promise<void> => {
  const batch: Waiting<State>[] = []
  const takeBatch = (): Waiting<State>[] => {
    batch.push(...queue.splice(0))
    return batch
  }
  try {
    const results = await writeChanges(id, takeBatch)
    for (const [index, { resolve }] of batch.entries()) resolve(results[index])
  } catch (error) {
    for (const { reject } of takeBatch()) reject(error)
  }
}

const createWriteChanges = <State>(store: RowStore, kind: RowKind<State>): WriteChanges<State> => {
  const { create, getDueAt = () => 0, prepare } = kind
  const known = createKnownRows()
  const readOrCreate = async (id: string): Promise<StoredRow> => {
    const row = await store.read(id)
    if (row) return row
    const state = create()
    const created = { id, version: 0, dueAt: getDueAt(state), data: JSON.stringify(state) }
    await store.insert([created])
    return created
  }
  /** Resolves with undefined if another instance has changed the row meanwhile. */
  const tryChanges = async (id: string, takeBatch: () => readonly Waiting<State>[]): Promise<unknown[] | undefined> => {
    const seen = known.get(id)
    known.delete(id)
    const row = seen ?? (await readOrCreate(id))
    const state = JSON.parse(row.data) as State
    const finish = await prepare?.(id, state)
    const results = takeBatch().map(({ change }) => change(state))
    await finish?.()
    const next = { id, version: row.version + 1, dueAt: getDueAt(state), data: JSON.stringify(state) }
    // A change without effect, such as a refusal, is not proved by a write. So it must not rest on what was seen earlier.
    const isSame = next.data === row.data
    if (isSame ? seen : !(await store.replace(next))) return undefined
    known.set(id, isSame ? row : next)
    return results
  }
  return async (id, takeBatch) => {
    const startedAt = performance.now()
    for (let attempt = 1; ; attempt++) {
      const results = await tryChanges(id, takeBatch).catch((error: unknown) => {
        if (attempt > 1 && performance.now() - startedAt > maxWaitMs) throw error
        return undefined
      })
      if (results) return results
      if (performance.now() - startedAt > maxContestMs) throw new Error('The row is changed too often.')
      await sleep(Math.random() * Math.min(2 ** attempt, maxPauseMs))
    }
  }
}

/** The time after which a store that fails is not tried again, in milliseconds. */
const maxWaitMs = 1_600

/** The time after which a change that other instances always precede is given up, in milliseconds. */
const maxContestMs = 20_000

/** The longest pause before a change is computed again, in milliseconds. */
const maxPauseMs = 64

/** The most rows whose last version an instance remembers. */
const maxKnown = 1_000

const createKnownRows = (): Pick<Map<string, StoredRow>, 'get' | 'set' | 'delete'> => {
  const rows = new Map<string, StoredRow>()
  return {
    get: (id) => rows.get(id),
    set: (id, row) => {
      if (rows.size >= maxKnown) rows.delete(rows.keys().next().value ?? id)
      return rows.set(id, row)
    },
    delete: (id) => rows.delete(id),
  }
}
