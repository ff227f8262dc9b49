import { withTimeout } from '../../runtime/timeout.ts'
import type { Checkers } from '../stores/checkers.ts'

/** The check of texts. */
export interface CheckerHealth {
  readonly checker: string
  /** `unknown`: the functions share no store that could say how its service does, or the store did not respond. */
  readonly state: 'off' | 'ok' | 'failing' | 'unknown'
  /** When the failure began (ISO 8601); null if there is none. */
  readonly failing_since: string | null
  /** The code of its latest failure, such as `HTTP 502`; null if there is none. */
  readonly last_error: string | null
}

const quiet = { failing_since: null, last_error: null } as const

/** Reports the checker of a configuration. It sends no text to a service.
 *  @param timeoutMs the longest time of the read, in milliseconds */
export const getCheckerHealth = async (checkers: Checkers | undefined, timeoutMs: number): Promise<CheckerHealth> => {
  if (!checkers) return { checker: 'none', state: 'off', ...quiet }
  const { name: checker, service, serviceState } = checkers
  if (!service) return { checker, state: 'ok', ...quiet }
  if (!serviceState) return { checker, state: 'unknown', ...quiet }
  try {
    const failure = await withTimeout(timeoutMs, serviceState.read())
    if (!failure) return { checker, state: 'ok', ...quiet }
    const failing_since = new Date(failure.since).toISOString()
    return { checker, state: 'failing', failing_since, last_error: failure.error }
  } catch {
    return { checker, state: 'unknown', ...quiet }
  }
}

/** Names the checker that fails. */
export const listCheckerProblems = ({ checker, failing_since: since, last_error: error }: CheckerHealth): string[] =>
  since === null ? [] : [`The checker '${checker}' has failed since ${since}: ${error}.`]
