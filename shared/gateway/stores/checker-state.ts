import { isObject, parseJson } from '../../runtime/json.ts'
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

/** Creates the state of a service, in a row of the store. While all goes well, nothing is written or read. */
export const createCheckerState = (
  store: SharedStoreConfig,
  { service, now = Date.now }: { readonly service: string; readonly now?: () => number },
): CheckerState => {
  const id = `checker:${service}`
  const open = once(() => openRowStore(store))
  let notedAt = Number.NEGATIVE_INFINITY

  const read = async (): Promise<CheckerFailure | undefined> => {
    const row = await (await open()).read(id)
    const failure = toFailure(row?.data)
    return failure && now() - failure.lastAt < lastsMs ? failure : undefined
  }
  const write = async (error: string | undefined): Promise<void> => {
    const rows = await open()
    const before = await rows.read(id)
    const known = toFailure(before?.data)
    const isLasting = known !== undefined && now() - known.lastAt < lastsMs
    const data = JSON.stringify(
      error === undefined ? {} : { since: isLasting ? known.since : now(), lastAt: now(), error },
    )
    // If another instance writes at the same time, its note is as good.
    if (before) await rows.replace({ id, version: before.version + 1, dueAt: 0, data })
    else await rows.insert([{ id, version: 0, dueAt: 0, data }])
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

const toFailure = (data = ''): CheckerFailure | undefined => {
  const fields = parseJson(data)
  if (!isObject(fields)) return undefined
  const { since, lastAt, error } = fields
  return typeof since === 'number' && typeof lastAt === 'number' && typeof error === 'string'
    ? { since, lastAt, error }
    : undefined
}
