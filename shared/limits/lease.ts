import { randomBytes } from 'node:crypto'

/** Characters of a time in milliseconds since 1970, until the year 2286. */
export const timeWidth = 13

/** Characters of a lease. */
export const leaseWidth = timeWidth + 1 + 16 + 1

/** Makes a lease: the time it runs out, then a random name. All have the same width, so that SQL can cut them out of a list. */
export const createLease = (time: number): string =>
  `${String(time).padStart(timeWidth, '0')}:${randomBytes(8).toString('hex')};`

/** Whether a lease has run out. */
export const isExpired = (lease: string, now: number): boolean => Number(lease.slice(0, timeWidth)) <= now
