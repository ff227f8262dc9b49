import { GatewayError } from '../../protocol/errors.ts'
import { isTicketUser } from '../ticket.ts'
import { getKeyStatus, type KeyAttributes, type KeyRecord } from './key-record.ts'
import {
  type ChangeRing,
  createChangeRing,
  createListEnded,
  createReadRing,
  findKeyRefusal,
  type KeyRing,
  type KeyStore,
  toRingId,
  toRingUser,
} from './key-ring.ts'
import { createKeyText, toKeyMarks } from './key-text.ts'

/** The user who owns a new key, and who makes it. */
export interface KeyMaker {
  readonly user: string
  readonly groups: readonly string[]
  /** `user:<id>` or `operator`. */
  readonly by: string
}

/** A key that was just made. This is the only time that its text is known. */
export interface NewKey {
  readonly text: string
  readonly record: KeyRecord
}

/** A key and its owner. */
export interface OwnedKey {
  readonly user: string
  readonly record: KeyRecord
}

/** The keys of all users. Every method rejects if the store cannot be used. */
export interface KeyBook {
  /** @throws permission_denied (403) if the user is known by tickets only, too_many_keys (409) */
  readonly create: (maker: KeyMaker, attributes: KeyAttributes) => Promise<NewKey>
  /** Returns the keys of a user, newest first. */
  readonly list: (user: string) => Promise<readonly KeyRecord[]>
  /** Returns the keys of a user that ended long ago and have left the list, newest first; at most 1,000. */
  readonly listEnded: (user: string) => Promise<readonly KeyRecord[]>
  /** Ends a key of a user. A repeat has no effect. Resolves with undefined if the user has no such key. */
  readonly revoke: (user: string, id: string, by: string) => Promise<KeyRecord | undefined>
  /** Replaces the groups of a user's active keys: of all of them, or of those that `maker` made. Resolves with the number of
   *  keys whose groups were others. */
  readonly setGroups: (user: string, groups: readonly string[], maker?: string) => Promise<number>
  /** Finds a key by its text. */
  readonly find: (text: string) => Promise<OwnedKey | undefined>
  /** Finds the owner of a key by its id. */
  readonly findOwner: (id: string) => Promise<string | undefined>
  /** Returns the users who have keys, or had some. */
  readonly listUsers: () => AsyncGenerator<string>
}

/** The options of {@link createKeyBook}. */
export interface KeyBookOptions {
  readonly store: KeyStore
  /** The most active keys of a user. */
  readonly perUser: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Names a user for a key's text. It never changes: whether the key is good, its owner's row decides. */
interface KeyPointer {
  readonly user: string
}

const toPointerId = (hash: string): string => `key:${hash}`

/** Creates the book of a store's keys. */
export const createKeyBook = ({ store, perUser, now = Date.now }: KeyBookOptions): KeyBook => {
  const change = createChangeRing(store, now)
  const read = createReadRing(store)
  const isOpen = (key: KeyRecord): boolean => getKeyStatus(key, now()) === 'active'
  return {
    create: createCreate({ store, read, change, perUser, now }),
    list: async (user) => (await read(user)).keys.reverse(),
    listEnded: createListEnded(store),
    revoke: async (user, id, by) => {
      const known = (await read(user)).keys.find((key) => key.id === id)
      if (!known || known.revoked_at !== null) return known
      return change(user, (ring) => revokeKey(ring, id, { revoked_at: Math.floor(now() / 1_000), revoked_by: by }))
    },
    setGroups: async (user, groups, maker) => {
      const regroup = (ring: KeyRing) => regroupKeys(ring, groups, (key) => isOpen(key) && isBy(key, maker))
      return regroup(await read(user)) === 0 ? 0 : change(user, regroup)
    },
    find: async (text) => {
      const { hash, id } = toKeyMarks(text)
      const row = await store.read(toPointerId(hash))
      if (!row) return undefined
      const { user } = JSON.parse(row.data) as KeyPointer
      const record = (await read(user)).keys.find((key) => key.id === id)
      return record && { user, record }
    },
    findOwner: async (id) => {
      const from = toPointerId(id.replace(/^key_/, ''))
      const [row] = /^key_[0-9a-f]{24}$/.test(id) ? await store.findRange({ from, below: `${from}g`, limit: 1 }) : []
      return row && (JSON.parse(row.data) as KeyPointer).user
    },
    listUsers: () => listUsers(store),
  }
}

interface CreateOptions extends Required<KeyBookOptions> {
  readonly read: (user: string) => Promise<KeyRing>
  readonly change: ChangeRing
}

/** The pointer is written first: a key that is in the owner's row can be found. One that never gets there can do nothing. */
const createCreate =
  ({ store, read, change, perUser, now }: CreateOptions): KeyBook['create'] =>
  async ({ user, groups, by }, attributes) => {
    if (isTicketUser(user)) throw ticketUserError()
    const text = createKeyText()
    const { hash, id, prefix } = toKeyMarks(text)
    const made = { created_at: Math.floor(now() / 1_000), created_by: by, revoked_at: null, revoked_by: null }
    const record: KeyRecord = { id, prefix, ...attributes, ...made, groups }
    const refusal = findKeyRefusal(await read(user), perUser, now())
    if (refusal) throw refusal
    const pointer: KeyPointer = { user }
    await store.insert([{ id: toPointerId(hash), version: 0, dueAt: 0, data: JSON.stringify(pointer) }])
    const lateRefusal = await change(user, (ring) => addKey(ring, record, { perUser, now: now() }))
    if (lateRefusal) throw lateRefusal
    return { text, record }
  }

const ticketUserError = (): GatewayError =>
  new GatewayError(
    403,
    'permission_denied',
    'A user of a mini program, who is known by tickets only, cannot have keys. Sign in with an account of CloudBase.',
  )

const isBy = ({ created_by }: KeyRecord, maker: string | undefined): boolean =>
  maker === undefined || created_by === maker

/** Returns the number of keys that it changed in the ring. */
const regroupKeys = ({ keys }: KeyRing, groups: readonly string[], isMeant: (key: KeyRecord) => boolean): number => {
  const wanted = JSON.stringify(groups)
  const outdated = keys.filter((key) => isMeant(key) && JSON.stringify(key.groups) !== wanted)
  for (const key of outdated) keys[keys.indexOf(key)] = { ...key, groups }
  return outdated.length
}

const revokeKey = (
  { keys }: KeyRing,
  id: string,
  revocation: Pick<KeyRecord, 'revoked_at' | 'revoked_by'>,
): KeyRecord | undefined => {
  const at = keys.findIndex((key) => key.id === id)
  const key = keys[at]
  if (!key || key.revoked_at !== null) return key
  const revoked = { ...key, ...revocation }
  keys[at] = revoked
  return revoked
}

/** A repeat adds nothing: the reply to the first write may have been lost. */
const addKey = (
  ring: KeyRing,
  record: KeyRecord,
  { perUser, now }: { readonly perUser: number; readonly now: number },
): GatewayError | undefined => {
  if (ring.keys.some(({ id }) => id === record.id)) return undefined
  const refusal = findKeyRefusal(ring, perUser, now)
  if (!refusal) ring.keys.push(record)
  return refusal
}

const ringsPerPage = 100

/** Reads the owners of all keys, page by page. */
async function* listUsers(store: KeyStore): AsyncGenerator<string> {
  const from = toRingId('')
  let below = toRingId('\u{10ffff}')
  for (;;) {
    const rows = await store.findRange({ from, below, limit: ringsPerPage })
    for (const { id } of rows) yield toRingUser(id)
    if (rows.length < ringsPerPage) return
    below = rows.at(-1)?.id ?? below
  }
}
