import type { Call } from '../protocol/call.ts'
import type { Route } from '../protocol/route.ts'
import { isObject } from '../runtime/json.ts'
import { hasLostFields } from './chat-translation.ts'
import { ProviderFailure } from './errors/provider-failure.ts'
import type { Exchange } from './exchange.ts'

/** Answers `/v1/completions`: natively where the provider has that operation, by way of chat where it has not. In `auto` the
 *  provider is asked, and what it turns out to have is remembered as long as its route lasts. */
export const createCompletionsExchange = (exchange: Exchange): Exchange => {
  const chatOnly = new WeakSet<Route>()
  const byChat: Exchange = async (options) => (await import('./chat-bridge.ts')).completeViaChat(exchange, options)
  return async (options) => {
    const { route, call } = options
    if (route.completionsMode === 'chat' || chatOnly.has(route)) return byChat(options)
    if (route.completionsMode === 'native') return exchange(options)
    try {
      return await exchange(options)
    } catch (thrown) {
      const lack = getMissingEvidence(thrown, route, call)
      if (!lack) throw thrown
      const answer = await byChat(options)
      if (lack === 'status' || !hasLostFields(call)) chatOnly.add(route)
      return answer
    }
  }
}

/** How a failure says that there is no such operation: by its status, or in words (OpenAI: "This is a chat model …",
 *  DeepSeek: "… only available in the beta API") that are the provider's own. Undefined where it says something else. */
const getMissingEvidence = (thrown: unknown, route: Route, { body }: Call): 'status' | 'words' | undefined => {
  if (!(thrown instanceof ProviderFailure)) return undefined
  if ([404, 405, 501].includes(thrown.upstreamStatus)) return 'status'
  if (thrown.upstreamStatus !== 400) return undefined
  const request = { ...body, model: [body['model'], route.upstreamModel] }
  return matchesUnquoted(thrown.rawMessage, chatOnlyWords, request) ? 'words' : undefined
}

const chatOnlyWords = /chat[ /_-]?(only|model|completions?)|\bbeta\b/i

/** Longest part of a message that is looked at, in characters. */
const maxMessageLength = 2_000

/** Whether a provider's message matches a pattern in the provider's own words: without quotations, and without the names
 *  and texts of the request that match by themselves. */
export const matchesUnquoted = (message: string, pattern: RegExp, request: unknown): boolean => {
  let words = message.slice(0, maxMessageLength)
  if (!pattern.test(words)) return false
  const echoed = collectTexts(request).filter((text) => words.includes(text) && pattern.test(text))
  for (const text of echoed.sort((a, b) => b.length - a.length)) words = words.replaceAll(text, ' ')
  return pattern.test(words.replace(quotation, ' '))
}

/** A quotation begins where no word goes on: the apostrophe of "isn't" begins none. */
const quotation = /(?<!\w)(['"`]).*?\1(?!\w)/gs

/** All strings within a value, names of fields included, in no certain order. */
const collectTexts = (value: unknown): string[] => {
  const texts: string[] = []
  const left: unknown[] = [value]
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next === 'string') texts.push(next)
    else if (Array.isArray(next)) for (const item of next) left.push(item)
    else if (isObject(next)) for (const entry of Object.entries(next)) left.push(...entry)
  }
  return texts
}
