import { randomBytes } from 'node:crypto'

/** Characters of a time in milliseconds since 1970, until the year 2286. */
export const timeWidth = 13

/** Characters of a lease. */
export const leaseWidth = timeWidth + 1 + 16 + 1

/** Creates a lease: its expiry time, then a random name. All leases have the same width, so that SQL can split a list of them. */
export const createLease = (expiresAt: number): string =>
  `${String(expiresAt).padStart(timeWidth, '0')}:${randomBytes(8).toString('hex')};`

/** Whether a lease has expired. */
export const isExpired = (lease: string, now: number): boolean => Number(lease.slice(0, timeWidth)) <= now
