import type { Call } from '../protocol/call.ts'
import type { Target } from '../protocol/route.ts'
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
      const evidence = await findMissingEvidence(thrown, target, call)
      if (!evidence) throw thrown
      const response = await completeByChat(options)
      if (evidence === 'status' || !hasLostFields(call)) chatOnly.add(target)
      return response
    }
  }
}

/** What judges it is loaded at the first failure of a completion. */
const findMissingEvidence = async (thrown: unknown, target: Target, call: Call) => {
  if (!(thrown instanceof ProviderFailure)) return undefined
  const { getMissingEvidence } = await import('./errors/missing-operation.ts')
  return getMissingEvidence(thrown, target, call)
}
