import type { SafetyNote } from '../../protocol/safety.ts'
import type { Provider } from '../../providers/provider.ts'
import type { Log } from '../../runtime/log.ts'
import { gravity } from '../../safety/check-pieces.ts'
import type { Config } from '../config/config.ts'
import { type Checkers, createCheckers } from '../stores/checkers.ts'
import { guardAnswer } from './guard-answer.ts'
import { type GuardedCall, guardPrompt, toSession } from './guard-prompt.ts'
import type { AdmitRequest } from './holds/hold.ts'

/** The check of one call's texts. */
export interface CallGuard {
  /** Wraps the provider of a call: a prompt that is not allowed does not reach it, and of an answer only what is allowed reaches
   *  the client.
   *  @throws from the provider: content_policy_violation, invalid_value (400, with `param`), moderation_unavailable,
   *  gateway_misconfigured (503) */
  readonly guard: (callProvider: Provider) => Provider
  /** Returns the worst verdict so far; undefined before the first. */
  readonly getNote: () => SafetyNote | undefined
}

/** Creates the guards of a configuration. Its faults are logged at once; then no text can be checked. */
export const createGuards = (config: Config, log: Log): ((request: AdmitRequest) => CallGuard) => {
  const checkers = createCheckers(config, log)
  return (request) => {
    let worst: SafetyNote | undefined
    const note: GuardedCall['note'] = ({ kind, label, score, at }, part, by) => {
      if (worst && gravity[kind] <= gravity[worst.verdict]) return
      worst = { verdict: kind, part, by, label, score, at }
    }
    const guarded = { request, checkers, note }
    return {
      getNote: () => worst,
      guard: (callProvider) => guardPrompt(guardAnswers(callProvider, guarded), guarded),
    }
  }
}

/** Wraps a provider if its answers are checked. */
const guardAnswers = (callProvider: Provider, { request, checkers, note }: GuardedCall): Provider => {
  const mode = getAnswerMode(request, checkers)
  if (mode === 'off') return callProvider
  return guardAnswer(callProvider, {
    checkers,
    about: toSession(request),
    isWhole: mode === 'whole',
    choices: request.weight,
    onVerdict: (found, by) => note(found, 'answer', by),
  })
}

/** Vectors and scores are no text. */
const getAnswerMode = ({ route, call }: AdmitRequest, { answers }: Checkers): Checkers['answers'] => {
  if (call.estimatePrompt || route.moderation === 'off' || route.moderation === 'prompt') return 'off'
  return route.moderation ?? answers
}
