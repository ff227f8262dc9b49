import type { CheckService } from '../../protocol/safety.ts'
import type { Log } from '../../runtime/log.ts'
import { withTimeout } from '../../runtime/timeout.ts'
import { ServiceError } from './service-error.ts'

/** What becomes of texts that a service did not check. */
export interface FailureOptions {
  /** Whether they go on. */
  readonly failOpen: boolean
  /** The longest time of a check, in milliseconds. */
  readonly timeoutMs: number
  readonly log: Log
  /** Called after each check with the code of its failure; with undefined if it succeeded. The check waits for it. */
  readonly onCheck?: ((error: string | undefined) => Promise<void>) | undefined
}

/** Makes a failure of a service a verdict: `unchecked`, never `pass`. Each is an error in the log. */
export const withoutFailure = (
  service: CheckService,
  { failOpen, timeoutMs, log, onCheck }: FailureOptions,
): CheckService => ({
  ...service,
  check: async (checked) => {
    try {
      const verdict = await withTimeout(timeoutMs, service.check(checked))
      await onCheck?.(undefined)
      return verdict
    } catch (error) {
      const cause = getCause(error)
      const fields = { checker: service.name, request_id: checked.sessionId, cause, served: failOpen }
      log('error', 'moderation_unavailable', fields)
      await onCheck?.(cause)
      return { kind: 'unchecked', label: 'unavailable', isRefused: !failOpen }
    }
  },
})

/** The code of a failure. A message could quote the text. */
const getCause = (error: unknown): string => {
  if (error instanceof ServiceError) return error.code
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'failed'
}
