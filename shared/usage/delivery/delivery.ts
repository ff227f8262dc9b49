import type { UsageRecord } from '../store/record.ts'

const minute = 60_000

const hour = 60 * minute

/** Pauses between deliveries that failed, in milliseconds. With the attempt before the answer's end, 12 attempts in 72 hours. */
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

/** How long to wait after the n-th attempt, in milliseconds; undefined: it was the last one. */
export const getDeliveryDelayMs = (attempts: number): number | undefined => pausesMs[attempts - 1]

/** The pause after the attempt that is made before an answer ends, in milliseconds. */
export const [firstDelayMs] = pausesMs

/** Takes a record to where it is billed. It rejects when the record did not arrive, with an error whose message says why in words
 *  of ours. */
export type DeliverRecord = (record: UsageRecord) => Promise<void>

/** Delivers once; resolves with why it failed, or with undefined. It never rejects. */
export const attemptDelivery = (deliver: DeliverRecord, record: UsageRecord): Promise<string | undefined> =>
  deliver(record).then(
    () => undefined,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : 'It failed.'),
  )
