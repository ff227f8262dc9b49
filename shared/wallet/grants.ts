import { GatewayError } from '../protocol/errors.ts'
import { grantByKey, revoke } from './changes.ts'
import {
  type GrantKeyRecord,
  type GrantRequest,
  type GrantResult,
  type RevokeResult,
  readGrantKeyRecord,
  toFinishedRow,
} from './grant-keys.ts'
import { readOwnerWallet } from './owner-wallet.ts'
import { findSpentGrants, getBalance } from './wallet-state.ts'
import { toGrantId, type WalletRow } from './wallet-store.ts'
import { toCurrent, type Wallets } from './wallets.ts'

/** The flush completes a grant that its function did not, after this time, in milliseconds. */
const dueMs = 30_000

/** The most grants with points that a wallet takes. Each call reads and writes them all, some 200 bytes each. Grants that
 *  come at the same moment may exceed it by their number. */
const maxLiveGrants = 500

/** Grants points, once a key. The repeat of a grant that has expired since gets its first result.
 *  @throws idempotency_conflict (409) if the key was used for another grant; for a new grant: invalid_value (400, with
 *  `param`) if it has expired already, too_many_grants (409) if the wallet has `maxLiveGrants` */
export const grantPoints = async (wallets: Wallets, request: GrantRequest): Promise<GrantResult> => {
  const { store, now } = wallets
  const id = toGrantId(request.key)
  if (!(await store.read(id))) {
    await requireRoom(wallets, request)
    await store.insert([{ id, version: 0, dueAt: now() + dueMs, data: JSON.stringify({ request }) }])
  }
  const row = await requireRow(wallets, id)
  if (JSON.stringify(readGrantKeyRecord(row).request) !== JSON.stringify(request)) throw reusedKeyError()
  return completeGrant(wallets, row)
}

const requireRoom = async (wallets: Wallets, { user_id, expires_at }: GrantRequest): Promise<void> => {
  const now = wallets.now()
  if (expires_at !== null && expires_at <= now) throw expiredError()
  const { state: stored } = await readOwnerWallet(wallets, user_id)
  if (!stored || stored.grants.length < maxLiveGrants) return
  const state = toCurrent(stored, now)
  if (state.grants.length - findSpentGrants(state).length >= maxLiveGrants) throw fullError()
}

/** Takes back the rest of a grant, once a key. What running calls hold of it is taken when they give it back.
 *  @throws grant_not_found (404) */
export const revokePoints = async (wallets: Wallets, key: string): Promise<RevokeResult> => {
  const row = await wallets.store.read(toGrantId(key))
  if (!row) throw new GatewayError(404, 'grant_not_found', 'There is no grant with this key.', { param: 'key' })
  await completeGrant(wallets, row)
  return updateRecord(wallets, row, 'revocation', ({ request }) =>
    wallets.change(request.user_id, (state) => {
      const revoked = revoke(state, key, wallets.now())
      return { revoked, spent: request.points - revoked, balance: getBalance(state) }
    }),
  )
}

/** Gives the points of a key's record to the wallet, unless that is done. */
export const completeGrant = (wallets: Wallets, row: WalletRow): Promise<GrantResult> =>
  updateRecord(wallets, row, 'result', ({ request: { user_id, key, ...facts } }, openAfter) =>
    wallets.change(user_id, (state, owner) => {
      if (owner !== openAfter.owner) return undefined
      const openSince = { openAfter: openAfter.sequence }
      const isGranted = grantByKey(state, { ...facts, ...openSince, id: key, actor: 'admin' }, wallets.now())
      return isGranted ? { granted: facts.points, balance: getBalance(state) } : undefined
    }),
  )

/** An entry of a wallet after which the record of a key still had no result. */
interface OpenAfter {
  readonly owner: string
  readonly sequence: number
}

/** Creates a result of a key. Resolves with undefined if `openAfter` is too long ago, or in a wallet that has joined another since. */
type CreateResult<Result> = (record: GrantKeyRecord, openAfter: OpenAfter) => Promise<Result | undefined>

/** Returns a result of a key's record; creates and stores it if there is none. If another instance stores one first,
 *  returns that. */
const updateRecord = async <Name extends 'result' | 'revocation'>(
  wallets: Wallets,
  { id, ...read }: WalletRow,
  name: Name,
  create: CreateResult<NonNullable<GrantKeyRecord[Name]>>,
): Promise<NonNullable<GrantKeyRecord[Name]>> => {
  const { request, [name]: first } = readGrantKeyRecord(read)
  if (first) return first
  for (;;) {
    // The wallet is read before the record: a grant that it forgets later than that has an entry after this number.
    const { owner, state } = await readOwnerWallet(wallets, request.user_id)
    const openAfter = { owner, sequence: state?.sequence ?? 0 }
    const row = await requireRow(wallets, id)
    const record = readGrantKeyRecord(row)
    const known = record[name]
    if (known) return known
    const created = await create(record, openAfter)
    if (created && (await wallets.store.replace(toFinishedRow(row, { ...record, [name]: created })))) return created
  }
}

const requireRow = async ({ store }: Wallets, id: string): Promise<WalletRow> => {
  const row = await store.read(id)
  if (!row) throw new TypeError(`the row ${id} was written and cannot be read`)
  return row
}

const expiredError = (): GatewayError =>
  new GatewayError(400, 'invalid_value', "'expires_at' must be a time in the future.", { param: 'expires_at' })

const fullError = (): GatewayError =>
  new GatewayError(
    409,
    'too_many_grants',
    `The wallet has ${maxLiveGrants} grants with points left. Repeat the request when some are spent, and give fewer, larger grants.`,
    { param: 'user_id' },
  )

const reusedKeyError = (): GatewayError =>
  new GatewayError(
    409,
    'idempotency_conflict',
    'This key was used for another grant. Use a new key, or repeat the same request.',
    { param: 'key' },
  )
