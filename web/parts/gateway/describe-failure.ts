import type { FailureFacts } from './call-failure.ts'

/** The sentences of failures in one language. */
export interface FailureMessages {
  /** By the `error.code` of the gateway. */
  readonly failures: Readonly<Record<string, string>>
  /** By the HTTP status. */
  readonly statuses: Readonly<Record<number, string>>
  readonly clientError: string
  readonly serverError: string
  /** @param time from `duration` */
  readonly waitTime: (time: string) => string
  /** The same for a quota, which resets then. */
  readonly waitQuota: (time: string) => string
  readonly duration: (amount: number, unit: DurationUnit) => string
}

/** The units of a wait. */
export type DurationUnit = 'second' | 'minute' | 'hour' | 'day'

const units: readonly (readonly [DurationUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** Returns a sentence that says what failed and what to do. The gateway's own message stands beside it. */
export const describeFailure = ({ status, code, retryAfter }: FailureFacts, messages: FailureMessages): string => {
  if (status === 429 && retryAfter !== undefined) {
    const time = describeDuration(retryAfter, messages)
    return code === 'quota_exceeded' ? messages.waitQuota(time) : messages.waitTime(time)
  }
  const general = status >= 400 && status < 500 ? messages.clientError : messages.serverError
  const known = Object.hasOwn(messages.failures, code) ? messages.failures[code] : undefined
  return known ?? messages.statuses[status] ?? general
}

/** Two of the larger unit are said in it: 119 minutes are minutes, 120 are hours. A wait is never said too short. */
const describeDuration = (seconds: number, { duration }: FailureMessages): string => {
  const [unit, size] = units.find(([, each]) => seconds >= 2 * each) ?? ['second', 1]
  return duration(Math.ceil(seconds / size), unit)
}
