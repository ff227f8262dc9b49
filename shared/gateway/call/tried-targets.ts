import type { Request } from '../../http/request.ts'
import type { TargetAttempt } from '../../protocol/attempt.ts'
import type { Target } from '../../protocol/route.ts'
import type { Tried } from '../../usage/store/record.ts'

/** The targets that one call has tried. */
export interface TriedTargets {
  /** Notes an attempt, also in the request's log line. */
  readonly onAttempt: (target: Target, attempt: TargetAttempt) => void
  /** The fields of the usage record; none if the route has one target only. The last target is the one that responded. */
  readonly toTried: () => Tried
}

/** Creates the list of a call. */
export const createTriedTargets = (annotate: Request['annotate']): TriedTargets => {
  const attempts: TargetAttempt[] = []
  let last: Target | undefined
  return {
    onAttempt: (target, attempt) => {
      last = target
      attempts.push(attempt)
      annotate({ target: target.name, target_attempts: attempts.length, 'gen_ai.provider.name': target.provider })
    },
    toTried: () => (last ? { target: last, attempts } : {}),
  }
}
