import { endpoint } from '../http/endpoint.ts'
import { matchesPath } from '../http/path.ts'
import { readBody } from '../http/read-body.ts'
import { type Handler, jsonReply } from '../http/request.ts'
import { parseRawJson } from '../protocol/raw-json.ts'
import type { CheckedText, Verdict } from '../protocol/safety.ts'
import { once } from '../runtime/memoize.ts'
import { checkPieces } from '../safety/check-pieces.ts'
import { toModerationResult } from '../safety/moderation-result.ts'
import { checkWords } from '../safety/words/check-words.ts'
import { decodeEscapes } from '../safety/words/escapes.ts'
import { createAuthenticateCaller } from './authenticate-caller.ts'
import { createAcquire } from './call/admit.ts'
import { moderationMisconfiguredError, moderationUnavailableError } from './call/safety-errors.ts'
import type { Config } from './config/config.ts'
import { readModerationInputs } from './moderation-inputs.ts'
import { type Checkers, createCheckers } from './stores/checkers.ts'

/** `POST /v1/moderations`: OpenAI's moderation by the gateway's own checkers. Each text counts as a request of its user; it costs no
 *  points. A text that could not be checked is an error even with `MODERATION_FAIL_OPEN`: its caller asked for the check. */
export const serveModerations = (config: Config): Handler => {
  const { log, maxBodyBytes } = config.server
  const acquire = createAcquire(config)
  const authenticate = createAuthenticateCaller(config, { endpoint: 'moderations' })
  const checkers = once(() => createCheckers(config, log))
  const serves = (path: string): boolean => matchesPath(path, '/v1/moderations')
  if (config.moderation) checkers()

  return endpoint({ ...config.server, method: 'POST', serves }, async (request) => {
    const { id, message } = request
    const user = await authenticate(request)
    const { fields } = parseRawJson(await readBody(message, maxBodyBytes))
    const texts = readModerationInputs(fields).map(decodeEscapes)
    const release = await acquire?.({ user, weight: texts.length, requestId: id })
    try {
      const about = { sessionId: id, userId: user.id }
      const verdicts = await Promise.all(texts.map((text) => checkText(checkers(), { text, ...about })))
      const { model = 'omni-moderation-latest' } = fields
      return jsonReply({ id: `modr-${id}`, model, results: verdicts.map(toModerationResult) })
    } finally {
      await release?.()
    }
  })
}

/** @throws gateway_misconfigured, moderation_unavailable (503) */
const checkText = async ({ current, service }: Checkers, checked: CheckedText): Promise<Verdict> => {
  const { words, fault } = await current()
  if (fault) throw fault === 'unavailable' ? moderationUnavailableError() : moderationMisconfiguredError()
  const found = words && checkWords(words, checked.text)
  if (found) return found
  const verdict: Verdict = service ? await checkPieces(service, checked) : { kind: 'pass' }
  if (verdict.kind === 'unchecked') throw moderationUnavailableError()
  return verdict
}
