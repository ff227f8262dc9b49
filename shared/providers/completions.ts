import type { Call } from '../protocol/call.ts'
import type { Target } from '../protocol/route.ts'
import { hasLostFields } from './chat-translation.ts'
import { getOwnWords } from './errors/own-words.ts'
import { ProviderFailure } from './errors/provider-failure.ts'
import type { Exchange } from './exchange.ts'

/** Creates the exchange for `/v1/completions`: native if the provider has that operation, otherwise by way of chat. In
 *  the mode `auto` the provider is tried first. If it has only chat, that is remembered while its target lives. A system
 *  prompt needs chat: before a prompt, it would be text that `echo` returns. */
export const createCompletionsExchange = (exchange: Exchange): Exchange => {
  const chatOnly = new WeakSet<Target>()
  const completeByChat: Exchange = async (options) =>
    (await import('./chat-bridge.ts')).completeViaChat(exchange, options)
  return async (options) => {
    const { target, call } = options
    const mustChat = target.completionsMode === 'chat' || call.systemPrompt !== undefined
    if (mustChat || chatOnly.has(target)) return completeByChat(options)
    if (target.completionsMode === 'native') return exchange(options)
    try {
      return await exchange(options)
    } catch (thrown) {
      const evidence = getMissingEvidence(thrown, target, call)
      if (!evidence) throw thrown
      const response = await completeByChat(options)
      if (evidence === 'status' || !hasLostFields(call)) chatOnly.add(target)
      return response
    }
  }
}

/** How a failure shows that the operation is missing: by its status, or by words of the provider's own (OpenAI: "This
 *  is a chat model …", DeepSeek: "… only available in the beta API"). Returns undefined if it shows nothing of the
 *  kind. */
const getMissingEvidence = (thrown: unknown, target: Target, { body }: Call): 'status' | 'words' | undefined => {
  if (!(thrown instanceof ProviderFailure)) return undefined
  if ([404, 405, 501].includes(thrown.upstreamStatus)) return 'status'
  if (thrown.upstreamStatus !== 400) return undefined
  const request = { ...body, model: [body['model'], target.upstreamModel] }
  return matchesUnquoted(thrown.rawMessage, chatOnlyWords, request) ? 'words' : undefined
}

const chatOnlyWords = /chat[ /_-]?(only|model|completions?)|\bbeta\b/i

/** Whether a provider's message matches a pattern in the provider's own words. */
export const matchesUnquoted = (message: string, pattern: RegExp, request: unknown): boolean =>
  pattern.test(getOwnWords(message, request, (text) => pattern.test(text)))
