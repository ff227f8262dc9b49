import type { Call } from '../../protocol/call.ts'
import { GatewayError } from '../../protocol/errors.ts'
import type { SafetyNote, Verdict } from '../../protocol/safety.ts'
import type { Provider } from '../../providers/provider.ts'
import type { Log } from '../../runtime/log.ts'
import { checkWords } from '../../safety/check-words.ts'
import { type PromptTexts, readPromptTexts } from '../../safety/prompt-texts.ts'
import type { Config } from '../config/config.ts'
import { type Checkers, createCheckers } from '../stores/checkers.ts'
import { guardAnswer } from './guard-answer.ts'
import type { AdmitRequest } from './hold-points.ts'
import { noUsage, refuseCall } from './refuse-call.ts'

/** The check of one call's texts. */
export interface CallGuard {
  /** Wraps the provider of a call: a prompt that is not allowed does not reach it.
   *  @throws from the provider: content_policy_violation, invalid_value (400, with `param`), gateway_misconfigured (503) */
  readonly guard: (callProvider: Provider) => Provider
  /** Returns what the check has said so far; undefined before it. */
  readonly getNote: () => SafetyNote | undefined
}

/** Creates the guards of a configuration. What is wrong with it is logged at once; then no text can be checked. */
export const createGuards = (config: Config, log: Log): ((request: AdmitRequest) => CallGuard) => {
  const checkers = createCheckers(config, log)
  return (request) => {
    const { requestId } = request
    let note: SafetyNote | undefined
    const noteWorse = (found: SafetyNote): void => {
      if (!note || gravity[found.verdict] > gravity[note.verdict]) note = found
    }
    return {
      getNote: () => note,
      guard: (callProvider) => (route, call, options) => {
        const prompt = readPromptTexts(call.body)
        // A check that throws has seen nothing.
        note = toNote({ kind: 'unchecked' }, 'prompt', checkers.name)
        const verdict = checkPrompt(prompt, { call, checkers })
        note = toNote(verdict, 'prompt', checkers.name)
        if (verdict.kind === 'block') {
          const field = prompt.findField(verdict.at ?? 0)
          return Promise.resolve(refuseCall(call, { requestId, sentence: checkers.refusal, field }))
        }
        const mode = getAnswerMode(request, checkers)
        if (mode === 'off') return callProvider(route, call, options)
        const guarded = guardAnswer(callProvider, {
          checkers,
          about: { sessionId: requestId, userId: request.user.id },
          isWhole: mode === 'whole',
          choices: request.weight,
          onVerdict: (found, by) => noteWorse(toNote(found, 'answer', by)),
        })
        return guarded(route, call, options)
      },
    }
  }
}

/** The record has the worst verdict of a call. */
const gravity: Readonly<Record<SafetyNote['verdict'], number>> = { pass: 0, review: 1, unchecked: 2, block: 3 }

/** Vectors and scores are no text. */
const getAnswerMode = ({ route, call }: AdmitRequest, { answers }: Checkers): Checkers['answers'] => {
  if (call.estimatePrompt || route.moderation === 'off' || route.moderation === 'prompt') return 'off'
  return route.moderation ?? answers
}

interface PromptContext {
  readonly call: Call
  readonly checkers: Checkers
}

/** What no checker can see is never allowed by a checker: it is refused, or goes on unchecked, as `MODERATION_FAIL_OPEN` says. */
const checkPrompt = (prompt: PromptTexts, { call, checkers }: PromptContext): Verdict => {
  const { words, problem } = checkers.current()
  const found = words && checkWords(words, prompt.text)
  if (found) return found
  if (problem !== undefined) return passUnchecked('misconfigured', misconfiguredError(), checkers)
  if (prompt.unseen === 'tokens') return passUnchecked('tokens', tokensError(call), checkers)
  // A checker of texts cannot tell what a picture shows. The record says that it was not seen.
  return prompt.unseen ? { kind: 'unchecked', label: prompt.unseen } : { kind: 'pass' }
}

const passUnchecked = (label: string, error: GatewayError, { failOpen }: Checkers): Verdict => {
  if (!failOpen) throw error
  return { kind: 'unchecked', label }
}

const toNote = ({ kind, label, score, at }: Verdict, part: SafetyNote['part'], by: string): SafetyNote => ({
  verdict: kind,
  part,
  by,
  label,
  score,
  at,
})

const misconfiguredError = (): GatewayError =>
  new GatewayError(
    503,
    'gateway_misconfigured',
    "The check of texts is not set up. The gateway's operator finds the reason in its log.",
    { outcome: 'filtered', usage: noUsage },
  )

const tokensError = ({ body }: Call): GatewayError => {
  const param = 'prompt' in body ? 'prompt' : 'input'
  return new GatewayError(400, 'invalid_value', `Texts are checked here, so send '${param}' as text, not as tokens.`, {
    param,
  })
}
