import type { Load } from './load.ts'

/** Database operations of one streamed answer, by what causes them. */
export interface Operations {
  readonly records: number
  readonly wallet: number
  readonly quotas: number
}

/** Seconds between two writes of a stream's progress (`USAGE_PROGRESS_INTERVAL`). */
const progressSeconds = 5

/** A wallet changes when it holds points, and when the call is charged. */
const walletOperations = 2

/** Counts the database operations of a streamed answer on a warm instance. */
export const countOperations = (load: Load): Operations => ({
  records: countRecordWrites(load),
  wallet: load.wallet ? walletOperations : 0,
  quotas: load.quotaRows * (load.quotaOfTokens ? 2 : 1),
})

const countRecordWrites = ({ durability, webhook, answerSeconds }: Load): number => {
  const end = webhook ? 2 : 1
  if (durability === 'final') return end
  // The first progress is written within a second of the first text, the next ones every five seconds.
  return 2 + Math.floor(Math.max(0, answerSeconds - 1) / progressSeconds) + end
}
