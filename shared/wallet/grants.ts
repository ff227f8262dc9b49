import { GatewayError } from '../protocol/errors.ts'
import { grant, revoke } from './changes.ts'
import { getBalance } from './wallet-state.ts'
import { toGrantId, type WalletRow } from './wallet-store.ts'
import type { Wallets } from './wallets.ts'

/** A request for a grant. */
export interface GrantRequest {
  readonly user_id: string
  readonly points: number
  /** Unique for ever, such as the order number of a payment. */
  readonly key: string
  readonly reason: string
  /** Milliseconds since 1970; null: never. */
  readonly expires_at: number | null
}

/** The result of a grant. A repeat gets the first one. */
export interface GrantResult {
  readonly granted: number
  readonly balance: number
}

/** The result of a revocation: the points that were taken back, and those that were spent before. */
export interface RevokeResult {
  readonly revoked: number
  readonly spent: number
  readonly balance: number
}

/** The record of a key. */
interface KeyRecord {
  readonly request: GrantRequest
  /** Undefined: the wallet may not have the grant yet. */
  readonly result?: GrantResult
  readonly revocation?: RevokeResult
}

/** The flush completes a grant that its function did not, after this time, in milliseconds. */
const dueMs = 30_000

/** Grants points, once a key. The repeat of a grant that has expired since gets its first result.
 *  @throws idempotency_conflict (409) if the key was used for another grant; invalid_value (400, with `param`) for a new
 *  grant that has expired already */
export const grantPoints = async (wallets: Wallets, request: GrantRequest): Promise<GrantResult> => {
  const { store, now } = wallets
  const id = toGrantId(request.key)
  const { expires_at: expiresAt } = request
  if (expiresAt !== null && expiresAt <= now() && !(await store.read(id))) throw expiredError()
  await store.insert([{ id, version: 0, dueAt: now() + dueMs, data: JSON.stringify({ request }) }])
  const row = await requireRow(wallets, id)
  if (JSON.stringify(readRecord(row).request) !== JSON.stringify(request)) throw conflictError()
  return completeGrant(wallets, row)
}

/** Takes back what is left of a grant, once a key. What running calls hold of it is taken when they give it back.
 *  @throws grant_not_found (404) */
export const revokePoints = async (wallets: Wallets, key: string): Promise<RevokeResult> => {
  const row = await wallets.store.read(toGrantId(key))
  if (!row) throw new GatewayError(404, 'grant_not_found', 'There is no grant with this key.', { param: 'key' })
  await completeGrant(wallets, row)
  return updateRecord(wallets, row.id, 'revocation', ({ request }) =>
    wallets.change(request.user_id, (state) => {
      const revoked = revoke(state, key, wallets.now())
      return { revoked, spent: request.points - revoked, balance: getBalance(state) }
    }),
  )
}

/** Gives the points of a key's record to the wallet, unless that is done. */
export const completeGrant = (wallets: Wallets, row: WalletRow): Promise<GrantResult> =>
  updateRecord(wallets, row.id, 'result', ({ request: { user_id, key, ...facts } }) =>
    wallets.change(user_id, (state) => {
      grant(state, { ...facts, id: key, actor: 'admin' }, wallets.now())
      return { granted: facts.points, balance: getBalance(state) }
    }),
  )

/** Returns a result of a key's record; creates and stores it if there is none. If another instance stores one first,
 *  returns that. */
const updateRecord = async <Name extends 'result' | 'revocation'>(
  wallets: Wallets,
  id: string,
  name: Name,
  create: (record: KeyRecord) => Promise<NonNullable<KeyRecord[Name]>>,
): Promise<NonNullable<KeyRecord[Name]>> => {
  for (;;) {
    const row = await requireRow(wallets, id)
    const record = readRecord(row)
    const known = record[name]
    if (known) return known
    const created = await create(record)
    const data = JSON.stringify({ ...record, [name]: created })
    if (await wallets.store.replace({ id, version: row.version + 1, dueAt: 0, data })) return created
  }
}

const requireRow = async ({ store }: Wallets, id: string): Promise<WalletRow> => {
  const row = await store.read(id)
  if (!row) throw new TypeError(`the row ${id} was written and cannot be read`)
  return row
}

const readRecord = ({ data }: WalletRow): KeyRecord => JSON.parse(data) as KeyRecord

const expiredError = (): GatewayError =>
  new GatewayError(400, 'invalid_value', "'expires_at' must be a time in the future.", { param: 'expires_at' })

const conflictError = (): GatewayError =>
  new GatewayError(
    409,
    'idempotency_conflict',
    'This key was used for another grant. Use a new key, or repeat the same request.',
    { param: 'key' },
  )
