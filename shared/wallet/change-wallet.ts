import { setTimeout as sleep } from 'node:timers/promises'
import { recordResults } from './grant-keys.ts'
import {
  createEmptyState,
  type Entry,
  findSpentGrants,
  type Grant,
  getDueAt,
  removeGrants,
  type WalletState,
} from './wallet-state.ts'
import { toEntryId, toWalletId, type WalletRow, type WalletStore } from './wallet-store.ts'

/** Applies a change to the wallet of a user and resolves with its result, once the store has it. `change` may run
 *  several times, each time on another version of the wallet, and must have no effect on its own result.
 *  @throws if the store cannot be used; the change may have been made then */
export type ChangeWallet = <Result>(user: string, change: (state: WalletState) => Result) => Promise<Result>

/** A change that waits. */
interface Waiting {
  readonly change: (state: WalletState) => unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Creates the function through which all changes of wallets go. A change is computed from the wallet as it was last
 *  seen, and written on condition that its version is still the same. If it is not, the wallet is read, and the change
 *  computed again. Changes of one wallet that wait together are written together. */
export const createChangeWallet = (store: WalletStore): ChangeWallet => {
  const writeChanges = createWriteChanges(store)
  const queues = new Map<string, Waiting[]>()
  const drain = async (user: string, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) await settleBatch(user, queue, writeChanges)
    queues.delete(user)
  }
  return <Result>(user: string, change: (state: WalletState) => Result) =>
    new Promise<Result>((resolve, reject) => {
      const waiting: Waiting = { change, resolve: resolve as (result: unknown) => void, reject }
      const queue = queues.get(user)
      if (queue) queue.push(waiting)
      else {
        const created = [waiting]
        queues.set(user, created)
        void drain(user, created)
      }
    })
}

/** Writes the changes that `takeBatch` returns, which may be more each time. Resolves with their results. */
type WriteChanges = (user: string, takeBatch: () => readonly Waiting[]) => Promise<unknown[]>

/** Writes all changes that wait when their wallet has been read. */
const settleBatch = async (user: string, queue: Waiting[], writeChanges: WriteChanges): Promise<void> => {
  const batch: Waiting[] = []
  const takeBatch = (): Waiting[] => {
    batch.push(...queue.splice(0))
    return batch
  }
  try {
    const results = await writeChanges(user, takeBatch)
    for (const [index, { resolve }] of batch.entries()) resolve(results[index])
  } catch (error) {
    for (const { reject } of takeBatch()) reject(error)
  }
}

const createWriteChanges = (store: WalletStore): WriteChanges => {
  const known = createKnownRows()
  /** Resolves with undefined if another instance has changed the wallet meanwhile. */
  const tryChanges = async (user: string, takeBatch: () => readonly Waiting[]): Promise<unknown[] | undefined> => {
    const seen = known.get(user)
    known.delete(user)
    const row = seen ?? (await readOrCreate(store, user))
    const state = JSON.parse(row.data) as WalletState
    const stored = [...state.entries]
    const forgotten = new Set(findForgotten(state))
    if (forgotten.size > 0) await recordResults(store, state, [...forgotten])
    const results = takeBatch().map(({ change }) => change(state))
    state.entries.splice(0, await moveEntries(store, user, stored))
    removeGrants(state, forgotten)
    const next = { id: row.id, version: row.version + 1, dueAt: getDueAt(state), data: JSON.stringify(state) }
    // What changes nothing, such as a refusal, is not proved by a write. So it must not rest on what was seen earlier.
    const isSame = next.data === row.data
    if (isSame ? seen : !(await store.replace(next))) return undefined
    known.set(user, isSame ? row : next)
    return results
  }
  return async (user, takeBatch) => {
    const startedAt = performance.now()
    for (let attempt = 1; ; attempt++) {
      const results = await tryChanges(user, takeBatch).catch((error: unknown) => {
        if (attempt > 1 && performance.now() - startedAt > maxWaitMs) throw error
        return undefined
      })
      if (results) return results
      if (performance.now() - startedAt > maxContestMs) throw new Error('The wallet is changed too often.')
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

const readOrCreate = async (store: WalletStore, user: string): Promise<WalletRow> => {
  const id = toWalletId(user)
  const row = await store.read(id)
  if (row) return row
  const created = { id, version: 0, dueAt: 0, data: JSON.stringify(createEmptyState()) }
  await store.insert([created])
  return created
}

/** The most entries that stay in a wallet, and how many do after others have left it. */
const maxEntries = 48
const keptEntries = 16

/** The most entries that leave a wallet at once. If thousands of grants expire together, no change waits for all of
 *  their entries. */
const maxMoved = 64

/** Writes the older of the stored entries as rows of their own, before the wallet is written without them. If that fails
 *  in between, the wallet still has them, and writing them again has no effect. Resolves with their number. */
const moveEntries = async (store: WalletStore, user: string, stored: readonly Entry[]): Promise<number> => {
  if (stored.length <= maxEntries) return 0
  const old = stored.slice(0, Math.min(stored.length - keptEntries, maxMoved))
  await store.insert(
    old.map((entry) => ({ id: toEntryId(user, entry.sequence), version: 0, dueAt: 0, data: JSON.stringify(entry) })),
  )
  return old.length
}

/** Spent grants that a wallet remembers at least, and the most that it forgets at once. */
const rememberedGrants = 100
const maxForgotten = 16

/** Finds the oldest spent grants if a wallet has many. Those of days have no key, and leave it by themselves. */
const findForgotten = (state: WalletState): Grant[] => {
  const spent = findSpentGrants(state)
  return spent.length < rememberedGrants + maxForgotten ? [] : spent.slice(0, maxForgotten)
}

/** The most wallets whose last version an instance remembers. */
const maxKnown = 1_000

const createKnownRows = (): Pick<Map<string, WalletRow>, 'get' | 'set' | 'delete'> => {
  const rows = new Map<string, WalletRow>()
  return {
    get: (user) => rows.get(user),
    set: (user, row) => {
      if (rows.size >= maxKnown) rows.delete(rows.keys().next().value ?? user)
      return rows.set(user, row)
    },
    delete: (user) => rows.delete(user),
  }
}
