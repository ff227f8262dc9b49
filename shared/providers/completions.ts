import type { Call } from '../protocol/call.ts'
import type { Route } from '../protocol/route.ts'
import { losesFields } from './chat-bridge.ts'
import type { Exchange } from './exchange.ts'
import { ProviderFailure } from './failure.ts'
import { saysItself } from './own-words.ts'

/** Answers `/v1/completions`: natively where the provider has that operation, by way of chat where it has not. In `auto` the
 *  provider is asked, and what it turns out to have is remembered as long as its route lasts. */
export const completions = (exchange: Exchange): Exchange => {
  const chatOnly = new WeakSet<Route>()
  const byChat: Exchange = async (options) => (await import('./bridged.ts')).bridged(exchange, options)
  return async (options) => {
    const { route, call } = options
    if (route.completionsMode === 'chat' || chatOnly.has(route)) return byChat(options)
    if (route.completionsMode === 'native') return exchange(options)
    try {
      return await exchange(options)
    } catch (thrown) {
      const lack = lackTold(thrown, route, call)
      if (!lack) throw thrown
      const answer = await byChat(options)
      if (lack === 'status' || !losesFields(call)) chatOnly.add(route)
      return answer
    }
  }
}

/** How a failure says that there is no such operation: by its status, or in words (OpenAI: "This is a chat model …",
 *  DeepSeek: "… only available in the beta API") that are the provider's own. Undefined where it says something else. */
const lackTold = (thrown: unknown, route: Route, { body }: Call): 'status' | 'words' | undefined => {
  if (!(thrown instanceof ProviderFailure)) return undefined
  if ([404, 405, 501].includes(thrown.upstreamStatus)) return 'status'
  if (thrown.upstreamStatus !== 400) return undefined
  const request = { ...body, model: [body['model'], route.upstreamModel] }
  return saysItself(thrown.said, chatOnlyWords, request) ? 'words' : undefined
}

const chatOnlyWords = /chat[ /_-]?(only|model|completions?)|\bbeta\b/i
