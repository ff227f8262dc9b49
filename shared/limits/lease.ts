import { randomBytes } from 'node:crypto'

/** Characters of a time in milliseconds since 1970, until the year 2286. */
export const timeWidth = 13

/** Characters of a lease. */
export const leaseWidth = timeWidth + 1 + 16 + 1

/** Creates a lease with a random name. */
export const createLease = (expiresAt: number): string => formatLease(expiresAt, randomBytes(8).toString('hex'))

/** Formats a lease: its expiry time, then its name. All leases have the same width, so that SQL can split a list of them.
 *  @param name exactly 16 characters
 *  @throws TypeError for any other name */
export const formatLease = (expiresAt: number, name: string): string => {
  const lease = `${String(expiresAt).padStart(timeWidth, '0')}:${name};`
  if (lease.length !== leaseWidth) throw new TypeError(`'${name}' is no name of a lease`)
  return lease
}

/** Whether a lease has expired. */
export const isExpired = (lease: string, now: number): boolean => Number(lease.slice(0, timeWidth)) <= now
