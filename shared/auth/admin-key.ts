import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../protocol/errors.ts'
import { sha256 } from '../runtime/sha256.ts'

/** What a request's `X-Gateway-Key` is: no header, or no key configured, is `absent`. */
export type AdminKeyCheck = 'right' | 'wrong' | 'absent'

export interface AdminKey {
  /** Looks at the request's key. A wrong one is told only after a delay that grows with each; a right one never waits.
   *  @throws rate_limit_exceeded (429) when too many wrong keys are being held back already */
  readonly check: (headers: IncomingHttpHeaders) => Promise<AdminKeyCheck>
  /** @throws admin_closed (403) when no key is configured, invalid_admin_key (401) when it is missing or wrong,
   *  rate_limit_exceeded (429) */
  readonly require: (headers: IncomingHttpHeaders) => Promise<void>
}

export interface AdminKeyOptions {
  /** `GATEWAY_ADMIN_KEY`; undefined: the administrator's endpoints are closed. */
  readonly key: string | undefined
  /** Waits this many milliseconds. */
  readonly wait?: (ms: number) => Promise<unknown>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

const firstDelayMs = 100
const maxDelayMs = 3_000
/** Wrong keys are forgotten after this many milliseconds without one. */
const forgetAfterMs = 60_000
/** Wrong keys held back at one time. */
const maxWaiting = 50

/** The administrator's key. Digests are compared, in constant time. Wrong keys are counted per instance. */
export const createAdminKey = ({ key, wait = sleep, now = Date.now }: AdminKeyOptions): AdminKey => {
  const expected = key === undefined ? undefined : sha256(key)
  const holdBack = createPenalty(wait, now)
  const check = async (headers: IncomingHttpHeaders): Promise<AdminKeyCheck> => {
    const given = headers['x-gateway-key']
    if (expected === undefined || typeof given !== 'string') return 'absent'
    if (timingSafeEqual(sha256(given), expected)) return 'right'
    await holdBack()
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

/** A wait that doubles each time, up to a limit, in time and in number. */
const createPenalty = (wait: (ms: number) => Promise<unknown>, now: () => number): (() => Promise<void>) => {
  let failures = 0
  let lastFailureAt = 0
  let waiting = 0
  return async () => {
    if (now() - lastFailureAt > forgetAfterMs) failures = 0
    lastFailureAt = now()
    const delayMs = Math.min(firstDelayMs * 2 ** failures, maxDelayMs)
    failures += 1
    if (waiting >= maxWaiting) throw tooManyWrongKeysError()
    waiting += 1
    await wait(delayMs)
    waiting -= 1
  }
}

/** Also what a wrong key without a token gets on the users' endpoints. */
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
