import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../protocol/errors.ts'
import { sha256 } from '../runtime/sha256.ts'

/** The state of a request's `X-Gateway-Key`. `absent`: the request has no such header, or no key is configured. */
export type AdminKeyCheck = 'right' | 'wrong' | 'absent'

/** Whether a request can carry a key: a header value holds visible ASCII and blanks (RFC 9110, section 5.5). Node reads
 *  all other bytes as Latin-1, so a key in UTF-8 never matches. */
export const canBeSent = (key: string): boolean => /^[\x20-\x7e]*$/.test(key)

/** Checks the administrator's key. */
export interface AdminKey {
  /** Checks the request's key. For a wrong key it resolves after a delay that grows with each wrong key. For the right
   *  key it never waits.
   *  @throws rate_limit_exceeded (429) if too many wrong keys are waiting already */
  readonly check: (headers: IncomingHttpHeaders) => Promise<AdminKeyCheck>
  /** Resolves only for the right key.
   *  @throws admin_closed (403) if no key is configured, invalid_admin_key (401) if it is missing or wrong,
   *  rate_limit_exceeded (429) */
  readonly require: (headers: IncomingHttpHeaders) => Promise<void>
}

/** Options of the administrator's key. */
export interface AdminKeyOptions {
  /** `GATEWAY_ADMIN_KEY`. Undefined: the administrator's endpoints are closed. */
  readonly key: string | undefined
  /** Waits this many milliseconds. Default: a timer. */
  readonly wait?: (ms: number) => Promise<unknown>
  /** Milliseconds since 1970. Default: the system clock. */
  readonly now?: () => number
}

const firstDelayMs = 100
const maxDelayMs = 3_000
/** After this many milliseconds without a wrong key, the delay starts again at its minimum. */
const penaltyResetMs = 60_000
/** The maximum number of requests that wait because of a wrong key. */
const maxWaiting = 50

/** Creates the check of the administrator's key. It compares digests in constant time. Each instance counts wrong keys
 *  itself. */
export const createAdminKey = ({ key, wait = sleep, now = Date.now }: AdminKeyOptions): AdminKey => {
  const expected = key === undefined ? undefined : sha256(key)
  const waitPenalty = createPenalty(wait, now)
  const check = async (headers: IncomingHttpHeaders): Promise<AdminKeyCheck> => {
    const given = headers['x-gateway-key']
    if (expected === undefined || typeof given !== 'string') return 'absent'
    if (timingSafeEqual(sha256(given), expected)) return 'right'
    await waitPenalty()
    return 'wrong'
  }
  return {
    check,
    require: async (headers) => {
      if (expected === undefined) throw adminClosedError()
      if ((await check(headers)) !== 'right') throw invalidAdminKeyError()
    },
  }
}

/** Creates a wait that doubles with each call. The delay and the number of waiting calls are bounded. */
const createPenalty = (wait: (ms: number) => Promise<unknown>, now: () => number): (() => Promise<void>) => {
  let failures = 0
  let lastFailureAt = 0
  let waiting = 0
  return async () => {
    if (now() - lastFailureAt > penaltyResetMs) failures = 0
    lastFailureAt = now()
    const delayMs = Math.min(firstDelayMs * 2 ** failures, maxDelayMs)
    failures += 1
    if (waiting >= maxWaiting) throw tooManyWrongKeysError()
    waiting += 1
    await wait(delayMs)
    waiting -= 1
  }
}

/** A missing or wrong key. The users' endpoints also send it for a wrong key without a token. */
export const invalidAdminKeyError = (): GatewayError =>
  new GatewayError(
    401,
    'invalid_admin_key',
    'The X-Gateway-Key header is missing or wrong. Send the value of GATEWAY_ADMIN_KEY.',
  )

const adminClosedError = (): GatewayError =>
  new GatewayError(403, 'admin_closed', 'The admin endpoints are closed. Set GATEWAY_ADMIN_KEY to open them.')

const tooManyWrongKeysError = (): GatewayError =>
  new GatewayError(429, 'rate_limit_exceeded', 'Too many wrong admin keys. Wait, then send the right one.', {
    headers: { 'retry-after': String(maxDelayMs / 1000) },
  })
