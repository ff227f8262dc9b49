import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { GatewayError } from '../protocol/errors.ts'

export interface AdminKey {
  /** Whether the request carries the right key in `X-Gateway-Key`; false when no key is configured. */
  readonly matches: (headers: IncomingHttpHeaders) => boolean
  /** @throws admin_closed (403) when no key is configured, invalid_admin_key (401) when it is missing or wrong */
  readonly require: (headers: IncomingHttpHeaders) => void
}

/** The administrator's key, `GATEWAY_ADMIN_KEY`. Digests are compared, in constant time. */
export const adminKey = (key: string | undefined): AdminKey => {
  const expected = key === undefined ? undefined : digest(key)
  const matches = (headers: IncomingHttpHeaders): boolean => {
    const given = headers['x-gateway-key']
    return expected !== undefined && typeof given === 'string' && timingSafeEqual(digest(given), expected)
  }
  return {
    matches,
    require: (headers) => {
      if (expected === undefined) {
        throw new GatewayError(
          403,
          'admin_closed',
          'The admin endpoints are closed. Set GATEWAY_ADMIN_KEY to open them.',
        )
      }
      if (!matches(headers)) {
        throw new GatewayError(401, 'invalid_admin_key', "Send the gateway's admin key in the X-Gateway-Key header.")
      }
    },
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
