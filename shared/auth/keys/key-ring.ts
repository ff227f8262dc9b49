import { createChangeRow, type RowStore } from '../../drivers/change-row.ts'
import { GatewayError } from '../../protocol/errors.ts'
import { sha256Hex } from '../../runtime/sha256.ts'
import { getKeyStatus, type KeyRecord } from './key-record.ts'

/** All keys of a user: one row, so that each change is one conditional write. */
export interface KeyRing {
  /** Oldest first. */
  readonly keys: KeyRecord[]
}

/** The id of the row of a user's keys. */
export const toRingId = (user: string): string => `keys:${user}`

/** The user of such a row. */
export const toRingUser = (id: string): string => id.slice('keys:'.length)

/** What the ids of a user's ended keys begin with. */
const toEndedStart = (user: string): string => `ended-key:${sha256Hex(user)}:`

const toEndedId = (user: string, { created_at, id }: KeyRecord): string =>
  `${toEndedStart(user)}${String(created_at).padStart(12, '0')}:${id}`

/** The most keys that a user can make in 24 hours, so that making and revoking cannot fill the store. */
const maxPerDay = 100
const daySeconds = 86_400

/** The most keys in a user's row. The oldest that ended get rows of their own. */
const maxInRing = 150

/** Creates the function that reads the keys of a user. */
export const createReadRing =
  (store: RowStore) =>
  async (user: string): Promise<KeyRing> => {
    const row = await store.read(toRingId(user))
    return row ? (JSON.parse(row.data) as KeyRing) : { keys: [] }
  }

/** A store of rows that can also be read by ranges of ids. */
export interface KeyStore extends RowStore {
  /** Finds rows with ids from `from` to below `below`, largest id first. */
  readonly findRange: (range: {
    readonly from: string
    readonly below: string
    readonly limit: number
  }) => Promise<readonly { readonly id: string; readonly data: string }[]>
}

/** Creates the function that reads the keys that have left a user's row. */
export const createListEnded =
  (store: KeyStore) =>
  async (user: string): Promise<readonly KeyRecord[]> => {
    const from = toEndedStart(user)
    const rows = await store.findRange({ from, below: `${from}~`, limit: 1_000 })
    return rows.map(({ data }) => JSON.parse(data) as KeyRecord)
  }

/** Changes the keys of a user (`drivers/change-row.ts`). */
export type ChangeRing = <Result>(user: string, change: (ring: KeyRing) => Result) => Promise<Result>

/** Creates the function through which all changes of keys go. */
export const createChangeRing = (store: RowStore, now: () => number): ChangeRing => {
  const change = createChangeRow<KeyRing>(store, {
    create: () => ({ keys: [] }),
    prepare: async (rowId, { keys }) => {
      const ended = findForgettable(keys, now())
      const moved = new Set(ended.map(({ id }) => id))
      const toRow = (key: KeyRecord) => ({
        id: toEndedId(toRingUser(rowId), key),
        version: 0,
        dueAt: 0,
        data: JSON.stringify(key),
      })
      if (ended.length > 0) await store.insert(ended.map(toRow))
      return () => {
        keys.splice(0, keys.length, ...keys.filter(({ id }) => !moved.has(id)))
        return Promise.resolve()
      }
    },
  })
  return (user, work) => change(toRingId(user), work)
}

/** Finds the oldest keys that ended, if the row has no room for another key. */
const findForgettable = (keys: readonly KeyRecord[], now: number): KeyRecord[] =>
  keys.filter((key) => getKeyStatus(key, now) !== 'active').slice(0, Math.max(0, keys.length - maxInRing + 1))

/** Returns why a user cannot have another key; undefined if there is room.
 *  @param perUser the most active keys */
export const findKeyRefusal = ({ keys }: KeyRing, perUser: number, now: number): GatewayError | undefined => {
  if (keys.filter((key) => getKeyStatus(key, now) === 'active').length >= perUser)
    return new GatewayError(409, 'too_many_keys', `You have ${perUser} active keys. Revoke one that you do not need.`)
  const since = now / 1_000 - daySeconds
  return keys.filter((key) => key.created_at > since).length >= maxPerDay
    ? new GatewayError(409, 'too_many_keys', `At most ${maxPerDay} keys can be made in 24 hours. Try again tomorrow.`)
    : undefined
}
