import type { PageMessages } from '../messages.ts'
import type { FailureFacts } from './call-failure.ts'

/** Returns a sentence that says what failed and what to do. The gateway's own message stands beside it. */
export const describeFailure = ({ status, code, retryAfter }: FailureFacts, messages: PageMessages): string => {
  if (status === 429 && retryAfter !== undefined) return messages.waitSeconds(Math.ceil(retryAfter))
  const byCode: Readonly<Record<string, string>> = messages.failures
  const byStatus: Readonly<Record<number, string>> = messages.statuses
  const general = status >= 400 && status < 500 ? messages.clientError : messages.serverError
  return (Object.hasOwn(byCode, code) ? byCode[code] : undefined) ?? byStatus[status] ?? general
}
