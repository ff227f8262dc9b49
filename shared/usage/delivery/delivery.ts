import type { UsageRecord } from '../store/record.ts'

const minute = 60_000

const hour = 60 * minute

/** Pauses after failed deliveries, in milliseconds. With the first attempt, at the end of a reply: 12 attempts in 72 hours. */
const pausesMs = [
  minute,
  5 * minute,
  30 * minute,
  2 * hour,
  6 * hour,
  12 * hour,
  12 * hour,
  12 * hour,
  12 * hour,
  12 * hour,
  3 * hour + 24 * minute,
] as const

/** Returns the pause after the n-th attempt, in milliseconds; undefined if it was the last one. */
export const getDeliveryDelayMs = (attempts: number): number | undefined => pausesMs[attempts - 1]

/** The pause after the first attempt, which is made at the end of a reply, in milliseconds. */
export const [firstDelayMs] = pausesMs

/** The time from the first attempt to the last one, in milliseconds: 72 hours. */
export const deliveryScheduleMs = pausesMs.reduce((sum, pause) => sum + pause, 0)

/** Delivers a record to the billing system. Rejects if the record did not arrive; the error's message is our own text, without
 *  addresses or secrets. */
export type DeliverRecord = (record: UsageRecord) => Promise<void>

/** Delivers once. Resolves with the reason of the failure, or with undefined. Never rejects. */
export const attemptDelivery = (deliver: DeliverRecord, record: UsageRecord): Promise<string | undefined> =>
  deliver(record).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : 'It failed.'),
  )
