import { createChangeRow } from '../../drivers/change-row.ts'
import { once } from '../../runtime/memoize.ts'
import type { SharedStoreConfig } from '../config/usage-config.ts'
import { openRowStore } from './row-store.ts'

/** A failure of the service that checks texts. */
export interface CheckerFailure {
  /** When it began, in milliseconds since 1970. */
  readonly since: number
  /** The latest failed check, in milliseconds since 1970. */
  readonly lastAt: number
  /** The code of the latest failure, such as `HTTP 502`. It holds no text. */
  readonly error: string
}

/** The failure of a service, as all functions that share a store know it. */
export interface CheckerState {
  /** Notes a check: the code of its failure, or undefined if it succeeded. Never rejects. */
  readonly note: (error: string | undefined) => Promise<void>
  /** Resolves with the failure that lasts; with undefined if there is none. */
  readonly read: () => Promise<CheckerFailure | undefined>
}

/** A failure counts as over if none was noted for so long. */
const lastsMs = 120_000

/** A failure that lasts is noted no more often. */
const noteEveryMs = 30_000

/** The content of the row. */
interface StoredState {
  failure?: CheckerFailure
}

/** Creates the state of a service, in a row of the store. While all goes well, nothing is written or read. */
export const createCheckerState = (
  store: SharedStoreConfig,
  { service, now = Date.now }: { readonly service: string; readonly now?: () => number },
): CheckerState => {
  const id = `checker:${service}`
  const open = once(async () => {
    const rows = await openRowStore(store)
    return { rows, change: createChangeRow<StoredState>(rows, { create: () => ({}) }) }
  })
  let notedAt = Number.NEGATIVE_INFINITY

  const getLasting = ({ failure }: StoredState): CheckerFailure | undefined =>
    failure && now() - failure.lastAt < lastsMs ? failure : undefined
  const read = async (): Promise<CheckerFailure | undefined> => {
    const row = await (await open()).rows.read(id)
    return row && getLasting(JSON.parse(row.data) as StoredState)
  }
  const write = async (error: string | undefined): Promise<void> => {
    const { change } = await open()
    await change(id, (state) => {
      if (error === undefined) delete state.failure
      else state.failure = { since: getLasting(state)?.since ?? now(), lastAt: now(), error }
    })
  }
  return {
    read,
    note: async (error) => {
      const isDue = error === undefined ? Number.isFinite(notedAt) : now() - notedAt >= noteEveryMs
      if (!isDue) return
      notedAt = error === undefined ? Number.NEGATIVE_INFINITY : now()
      await write(error).catch(() => undefined)
    },
  }
}
