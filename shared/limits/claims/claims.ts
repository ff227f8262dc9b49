import { type ChangeRow, createChangeRow, type RowStore } from '../../drivers/change-row.ts'
import { sha256 } from '../../runtime/sha256.ts'

/** How a call ended that has been charged or recorded. */
export interface CallResult {
  readonly outcome: string
  /** The points of its usage record. */
  readonly points: number
}

/** The state of a call by the usage records: it runs, or its function has died; it delivered nothing; there is no record; or how it ended. */
export type RecordedCall = 'open' | 'void' | 'missing' | CallResult

/** A call with an idempotency key. */
export interface ClaimRequest {
  /** The id of its usage record. */
  readonly id: string
  readonly user: string | null
  /** As the client sent it. */
  readonly key: string
  /** A digest of the request. Calls with the same digest are the same. */
  readonly digest: string
  /** How long it can run, in milliseconds. */
  readonly maxMs: number
}

/** The right to be the one call of a key. */
export interface Claim {
  /** Keeps the result, so that the call is not repeated; without one, lets the key be used again. A repeat has no effect. */
  readonly settle: (result: CallResult | undefined) => Promise<void>
}

/** Why a key cannot be claimed: another request has it, its call runs, its call is not known to have ended, or it has ended. */
export type ClaimRefusal =
  | { readonly kind: 'other_request' }
  | { readonly kind: 'running' | 'unknown'; readonly id: string }
  | { readonly kind: 'ended'; readonly id: string; readonly result: CallResult }

/** The idempotency keys of calls. */
export interface Claims {
  /** Claims a key for a call. Of simultaneous calls with one key, one gets it.
   *  @throws if the store cannot be used */
  readonly claim: (request: ClaimRequest) => Promise<Claim | ClaimRefusal>
}

/** The options of {@link createClaims}. */
export interface ClaimsOptions {
  readonly store: RowStore
  /** Reads the usage record of a call whose function may have died. */
  readonly findCall: (id: string) => Promise<RecordedCall>
  /** Whether a call may have been served without a record. Its missing record proves nothing then. */
  readonly mayLackRecord: boolean
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** The row of a key. */
interface ClaimState {
  /** Undefined: the key can be used. */
  call?: HeldClaim | undefined
  /** When the key is forgotten. */
  expiresAt: number
}

interface HeldClaim {
  readonly id: string
  readonly digest: string
  /** The time after which the call cannot run any more. */
  readonly until: number
  readonly result?: CallResult
}

/** How long a key is remembered, in milliseconds. */
const claimTtlMs = 24 * 3_600_000

/** After the longest call, its record is final within this time, in milliseconds: the flush closes the record of a dead function. */
const recordMarginMs = 120_000

/** The ids of the rows of keys: from the first of these texts to below the second. No other row of the table begins like them. */
export const claimIds = { from: 'call:', below: 'call:~' } as const

const toClaimId = ({ user, key }: ClaimRequest): string =>
  `${claimIds.from}${sha256(JSON.stringify([user, key])).toString('hex')}`

/** Creates the keys of a store. A key that is new, forgotten or free is claimed by one conditional change of its row. */
export const createClaims = ({ store, findCall, mayLackRecord, now = Date.now }: ClaimsOptions): Claims => {
  const change = createChangeRow<ClaimState>(store, {
    create: () => ({ expiresAt: now() + claimTtlMs }),
    getDueAt: ({ expiresAt }) => expiresAt,
  })
  return {
    claim: async (request) => {
      const row = toClaimId(request)
      let dead: string | undefined
      for (;;) {
        const held = await change(row, (state) => takeClaim(state, { request, dead, now: now() }))
        if (!held) return { settle: (result) => settleClaim(change, row, { id: request.id, result }) }
        const refusal = await judge(held, request, { findCall, mayLackRecord, now: now() })
        if (refusal) return refusal
        dead = held.id
      }
    },
  }
}

interface TakeOptions {
  readonly request: ClaimRequest
  /** The id of a call that is known to have delivered nothing. */
  readonly dead: string | undefined
  readonly now: number
}

/** Takes a key. Returns the call that has it; undefined if this call has it now. */
const takeClaim = (state: ClaimState, { request, dead, now }: TakeOptions): HeldClaim | undefined => {
  const { id, digest, maxMs } = request
  const { call } = state
  if (call?.id === id) return undefined
  if (call && call.id !== dead && state.expiresAt > now) return call
  state.call = { id, digest, until: now + maxMs + recordMarginMs }
  state.expiresAt = now + claimTtlMs
  return undefined
}

interface JudgeOptions extends Pick<ClaimsOptions, 'findCall' | 'mayLackRecord'> {
  readonly now: number
}

/** Returns why the call that has a key keeps it; undefined if it delivered nothing. */
const judge = async (
  { id, digest, until, result }: HeldClaim,
  request: ClaimRequest,
  { findCall, mayLackRecord, now }: JudgeOptions,
): Promise<ClaimRefusal | undefined> => {
  if (digest !== request.digest) return { kind: 'other_request' }
  if (result) return { kind: 'ended', id, result }
  const recorded = await findCall(id)
  if (recorded === 'void') return undefined
  if (recorded === 'open' || (recorded === 'missing' && now < until)) return { kind: 'running', id }
  if (recorded === 'missing') return mayLackRecord ? { kind: 'unknown', id } : undefined
  return { kind: 'ended', id, result: recorded }
}

interface SettleOptions {
  readonly id: string
  readonly result: CallResult | undefined
}

const settleClaim = (change: ChangeRow<ClaimState>, row: string, { id, result }: SettleOptions): Promise<void> =>
  change(row, (state) => {
    if (state.call?.id === id && !state.call.result) state.call = result && { ...state.call, result }
  })
