import { getKeyStatus, type KeyRecord } from '../../../shared/auth/keys/key-record.ts'
import type { Workspace } from '../workspace.ts'

/** A key, its owner and its state. Its text is stored nowhere. */
export interface ListedKey extends KeyRecord {
  readonly user: string
  readonly status: ReturnType<typeof getKeyStatus>
}

/** The keys of one user, or of all. */
export interface KeysView {
  /** Whether the gateway accepts keys. */
  readonly is_on: boolean
  /** By owner, newest first. */
  readonly keys: readonly ListedKey[]
  /** Whether there are more of them. */
  readonly is_cut: boolean
}

const maxKeys = 200

/** Reads the keys of a user (`user`; default: all users).
 *  @throws ConsoleError no_keys (409) if no store holds keys */
export const readKeys = async (workspace: Workspace, query: URLSearchParams): Promise<KeysView> => {
  const { book } = await workspace.openKeys()
  const asked = query.get('user') ?? ''
  const keys: ListedKey[] = []
  for await (const user of asked === '' ? book.listUsers() : [asked]) {
    const own = await book.list(user)
    keys.push(...own.map((record) => ({ user, status: getKeyStatus(record, Date.now()), ...record })))
    if (keys.length > maxKeys) break
  }
  return {
    is_on: workspace.variables['KEYS'] === 'on',
    keys: keys.slice(0, maxKeys),
    is_cut: keys.length > maxKeys,
  }
}
