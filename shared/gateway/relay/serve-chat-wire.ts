import type { ChatWire } from '../../protocol/chat-wire.ts'
import { createNativeExchange } from '../../providers/native-exchange.ts'
import { createTextExchange } from '../../providers/text-exchange.ts'
import { once } from '../../runtime/memoize.ts'
import { estimateSentTokens } from '../../usage/cost/prompt-tokens.ts'
import type { ServedWire } from './relay.ts'

/** Prepares a wire whose calls are chats in other words for the relay. Only the function that serves the wire imports
 *  this. */
export const serveChatWire = (wire: ChatWire): ServedWire => ({
  prepare: (given, headers) => {
    const call = wire.toChat(given, headers)
    const promptTokens = once(() => estimateSentTokens(call))
    return { ...call, reply: wire.createReply(call, promptTokens) }
  },
  createExchange: createNativeExchange(wire.native, createTextExchange),
  toErrorBody: wire.toErrorBody,
})
