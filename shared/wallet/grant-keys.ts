import { type Grant, getBalance, type WalletState } from './wallet-state.ts'
import { toGrantId, type WalletRow, type WalletStore } from './wallet-store.ts'

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
export interface GrantKeyRecord {
  readonly request: GrantRequest
  /** Undefined: the wallet may not have the grant yet. */
  readonly result?: GrantResult
  readonly revocation?: RevokeResult
}

/** Reads the record of a key's row. */
export const readGrantKeyRecord = ({ data }: Pick<WalletRow, 'data'>): GrantKeyRecord =>
  JSON.parse(data) as GrantKeyRecord

/** Returns the row of a key that has got a result. The flush needs to look at it no more. */
export const toFinishedRow = ({ id, version }: WalletRow, record: GrantKeyRecord): WalletRow => ({
  id,
  version: version + 1,
  dueAt: 0,
  data: JSON.stringify(record),
})

/** Writes the results of grants to the records of their keys, unless they are there. A wallet forgets a grant only after
 *  that: a function that comes later, or goes on later, must not give it again. */
export const recordResults = async (
  store: WalletStore,
  state: WalletState,
  grants: readonly Grant[],
): Promise<void> => {
  const balance = getBalance(state)
  await Promise.all(grants.map((grant) => recordResult(store, grant, balance)))
}

const recordResult = async (store: WalletStore, { id, points, revoked }: Grant, balance: number): Promise<void> => {
  for (;;) {
    const row = await store.read(toGrantId(id))
    if (!row) return
    const { request, ...known } = readGrantKeyRecord(row)
    const isRevoked = revoked !== undefined
    if (known.result && (known.revocation || !isRevoked)) return
    const results = {
      result: { granted: points, balance },
      ...(isRevoked && { revocation: { revoked, spent: points - revoked, balance } }),
      ...known,
    }
    if (await store.replace(toFinishedRow(row, { request, ...results }))) return
  }
}
