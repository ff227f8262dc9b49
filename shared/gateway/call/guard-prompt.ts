import type { Call } from '../../protocol/call.ts'
import { type CheckService, isStopping, type SafetyNote, type Verdict } from '../../protocol/safety.ts'
import type { Provider } from '../../providers/provider.ts'
import { createLinkedCancellation } from '../../runtime/cancellation.ts'
import { checkPieces } from '../../safety/check-pieces.ts'
import { type PromptTexts, readPromptTexts } from '../../safety/prompt-texts.ts'
import { checkWords } from '../../safety/words/check-words.ts'
import type { Checkers } from '../stores/checkers.ts'
import type { AdmitRequest } from './holds/hold.ts'
import { refuseCall } from './refuse-call.ts'
import { moderationMisconfiguredError, moderationUnavailableError, tokensError } from './safety-errors.ts'

/** A call whose texts are checked. */
export interface GuardedCall {
  readonly request: AdmitRequest
  readonly checkers: Checkers
  /** Notes a verdict for the record, if it is worse than those before. */
  readonly note: (verdict: Verdict, part: SafetyNote['part'], by: string) => void
}

/** Prompt and answer of a call are one session. */
export const toSession = ({ requestId, user }: AdmitRequest) => ({ sessionId: requestId, userId: user.id })

/** Wraps a provider so that the texts of a request are checked: by words before it is called, by a service at the same time.
 *  The client gets nothing before both have passed them. */
export const guardPrompt =
  (callProvider: Provider, guarded: GuardedCall): Provider =>
  async (route, given, options) => {
    const { request, checkers, note } = guarded
    const call = withoutBytes(given)
    const prompt = readPromptTexts(call.original?.body ?? call.body)
    const found = await checkHere(prompt, guarded)
    note(found, 'prompt', found.kind === 'block' ? 'words' : checkers.name)
    const { requestId } = request
    const refuse = ({ at = 0 }: Verdict): ReturnType<typeof refuseCall> =>
      refuseCall(call, { requestId, sentence: checkers.refusal, field: prompt.findField(at) })
    if (found.kind === 'block') return refuse(found)
    if (!checkers.service) return callProvider(route, call, options)
    const stop = createLinkedCancellation(options.signal)
    const response = callProvider(route, call, { ...options, signal: stop })
    response.catch(() => undefined)
    const verdict = await checkThere(checkers.service, prompt, guarded)
    if (!isStopping(verdict)) return response
    stop.abort()
    if (verdict.kind !== 'block') throw moderationUnavailableError()
    return refuse(verdict)
  }

/** The provider gets what was read, not the bytes: of two fields with one name they hold both, and servers differ in which one
 *  they take. */
const withoutBytes = ({ original, ...call }: Call): Call => ({
  ...call,
  source: undefined,
  ...(original && { original: { ...original, source: undefined } }),
})

/** Checks a prompt by the list of words. What no checker can see is never allowed: it is refused, or goes on unchecked, as
 *  `MODERATION_FAIL_OPEN` decides. */
const checkHere = async (prompt: PromptTexts, { request: { call }, checkers, note }: GuardedCall): Promise<Verdict> => {
  const { words, fault } = await checkers.current()
  const found = words && checkWords(words, prompt.text)
  if (found) return found
  const label = fault ?? (prompt.unseen === 'tokens' ? prompt.unseen : undefined)
  if (label) {
    const verdict: Verdict = { kind: 'unchecked', label }
    if (checkers.failOpen) return verdict
    note(verdict, 'prompt', checkers.name)
    throw faultErrors[label](call)
  }
  // A checker of texts sees no picture. The record notes that one was not checked.
  return prompt.unseen ? { kind: 'unchecked', label: prompt.unseen } : { kind: 'pass' }
}

const faultErrors = {
  misconfigured: moderationMisconfiguredError,
  unavailable: moderationUnavailableError,
  tokens: tokensError,
} as const

const checkThere = async (service: CheckService, { text }: PromptTexts, { request, note }: GuardedCall) => {
  const verdict = await checkPieces(service, { text, ...toSession(request) })
  note(verdict, 'prompt', service.name)
  return verdict
}
