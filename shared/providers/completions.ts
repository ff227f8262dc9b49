import type { Call } from '../protocol/call.ts'
import type { Target } from '../protocol/route.ts'
import { isObject } from '../runtime/json.ts'
import { hasLostFields } from './chat-translation.ts'
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

/** Longest part of a message that is searched, in characters. */
const maxMessageLength = 2_000

/** Whether a provider's message matches a pattern in the provider's own words: without quotations, and without names
 *  and texts of the request that match by themselves. */
export const matchesUnquoted = (message: string, pattern: RegExp, request: unknown): boolean => {
  let words = message.slice(0, maxMessageLength)
  if (!pattern.test(words)) return false
  const echoed = collectTexts(request).filter((text) => words.includes(text) && pattern.test(text))
  for (const text of echoed.sort((a, b) => b.length - a.length)) words = words.replaceAll(text, ' ')
  return pattern.test(words.replace(quotation, ' '))
}

/** A quotation does not begin inside a word: the apostrophe of "isn't" begins none. */
const quotation = /(?<!\w)(['"`]).*?\1(?!\w)/gs

/** All strings within a value, names of fields included, in any order. */
const collectTexts = (value: unknown): string[] => {
  const texts: string[] = []
  const remaining: unknown[] = [value]
  while (remaining.length > 0) {
    const next = remaining.pop()
    if (typeof next === 'string') texts.push(next)
    else if (Array.isArray(next)) for (const item of next) remaining.push(item)
    else if (isObject(next)) for (const entry of Object.entries(next)) remaining.push(...entry)
  }
  return texts
}
