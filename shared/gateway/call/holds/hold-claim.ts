import { memoryRows } from '../../../drivers/memory-rows.ts'
import { toClaimError } from '../../../limits/claims/claim-error.ts'
import { type CallResult, type Claim, createClaims, type RecordedCall } from '../../../limits/claims/claims.ts'
import { GatewayError } from '../../../protocol/errors.ts'
import { parseRawJson } from '../../../protocol/raw-json.ts'
import { isObject } from '../../../runtime/json.ts'
import type { Log } from '../../../runtime/log.ts'
import { once } from '../../../runtime/memoize.ts'
import { sha256 } from '../../../runtime/sha256.ts'
import type { UsageStore } from '../../../usage/store/store.ts'
import type { Config } from '../../config/config.ts'
import { toSharedStore } from '../../config/usage-config.ts'
import { openRowStore } from '../../stores/row-store.ts'
import { createStore } from '../../stores/usage-store.ts'
import { type AdmitRequest, type CallHold, type HoldCall, settleInTime, type UsedAmounts } from './hold.ts'

/** Creates the hold of idempotency keys. It is created with the first call that has a key. Without a store that instances share,
 *  each remembers the keys of its own calls.
 *  @throws idempotency_conflict (409), idempotency_key_reused (422), invalid_value (400), usage_unavailable (503) from that function */
export const createHoldClaim = (config: Config, log: Log): HoldCall => {
  const { store: kept, durability, failOpen } = config.usage
  const store = createStore(kept)
  const mayLackRecord = store === undefined || durability === 'final' || failOpen
  const openClaims = once(async () => {
    const shared = toSharedStore(kept)
    const rows = shared ? await openRowStore(shared) : memoryRows()
    return createClaims({ store: rows, findCall: createFindCall(store), mayLackRecord })
  })
  return async (request) => {
    const { call, user, requestId: id } = request
    const key = readKey(request)
    const asked = { id, user: user.id, key, digest: digest(request), maxMs: config.timeouts.total }
    const claimed = await openClaims()
      .then(({ claim }) => claim(asked))
      .catch((cause: unknown) => {
        throw claimsUnavailableError(cause)
      })
    if (!('settle' in claimed)) throw toClaimError(claimed)
    return { call, hold: createClaimHold(claimed, id, log) }
  }
}

/** The characters of a key: visible ASCII and spaces. */
const idempotencyKeyPattern = /^[\x20-\x7e]{1,255}$/

const readKey = ({ headers }: AdmitRequest): string => {
  const key = String(headers['idempotency-key']).trim()
  if (idempotencyKeyPattern.test(key)) return key
  const message =
    "'Idempotency-Key' must have 1 to 255 characters of ASCII, such as a UUID. Leave the header out if you need none."
  throw new GatewayError(400, 'invalid_value', message, { param: 'Idempotency-Key' })
}

/** Returns a digest of a call: its operation and its body, whatever the order of fields and the spaces. */
const digest = ({ call: { operation }, body }: AdmitRequest): string => {
  const sorted = JSON.stringify(parseRawJson(body).fields, (_, value: unknown) =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  )
  return sha256(JSON.stringify([operation, sorted])).toString('base64')
}

const createFindCall =
  (store: UsageStore | undefined) =>
  async (id: string): Promise<RecordedCall> => {
    const row = await store?.read(id)
    if (!row) return 'missing'
    if (row.state !== 'final') return row.state
    return toResult({ outcome: String(row.outcome), points: row.points, tokens: row.total_tokens }) ?? 'void'
  }

/** Returns the result of a call; undefined if it may be repeated: it delivered nothing, or its prompt was refused. */
const toResult = ({ outcome, points, tokens }: UsedAmounts): CallResult | undefined =>
  outcome === undefined || (outcome !== 'complete' && tokens === 0) ? undefined : { outcome, points }

/** A key that cannot be settled is judged by the usage record of its call. */
const createClaimHold = ({ settle }: Claim, id: string, log: Log): CallHold => ({
  settle: async (used) => {
    await settleInTime(settle(toResult(used)), () => log('warn', 'claim_unsettled', { request_id: id }))
    return undefined
  },
})

/** No provider was called, so the client may try again. */
const claimsUnavailableError = (cause: unknown): GatewayError =>
  new GatewayError(503, 'usage_unavailable', 'Idempotency keys cannot be checked at the moment. Try again later.', {
    headers: { 'retry-after': '1' },
    cause,
  })
