import type { Call } from '../../protocol/call.ts'
import type { Target } from '../../protocol/route.ts'
import { getOwnWords } from './own-words.ts'
import type { ProviderFailure } from './provider-failure.ts'

/** How a failure shows that the operation is missing: by its status, or by words of the provider's own (OpenAI: "This
 *  is a chat model …", DeepSeek: "… only available in the beta API"). Returns undefined if it shows nothing of the
 *  kind. */
export const getMissingEvidence = (
  { upstreamStatus, rawMessage }: Pick<ProviderFailure, 'upstreamStatus' | 'rawMessage'>,
  target: Target,
  { body }: Call,
): 'status' | 'words' | undefined => {
  if ([404, 405, 501].includes(upstreamStatus)) return 'status'
  if (upstreamStatus !== 400) return undefined
  const request = { ...body, model: [body['model'], target.upstreamModel] }
  return matchesUnquoted(rawMessage, chatOnlyWords, request) ? 'words' : undefined
}

const chatOnlyWords = /chat[ /_-]?(only|model|completions?)|\bbeta\b/i

/** Whether a provider's message matches a pattern in the provider's own words. */
export const matchesUnquoted = (message: string, pattern: RegExp, request: unknown): boolean =>
  pattern.test(getOwnWords(message, request, (text) => pattern.test(text)))
