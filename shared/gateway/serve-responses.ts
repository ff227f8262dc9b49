import type { Call } from '../protocol/call.ts'
import { createTextExchange } from '../providers/text-exchange.ts'
import type { Config } from './config/config.ts'
import type { ServedWire } from './relay.ts'

/** Turns a call into the chat that a provider gets.
 *  @param secret of which the keys of what is sealed follow; undefined: nothing is sealed */
type PrepareChat = (call: Call, userId: string | null, secret: string | undefined) => Call

/** Prepares OpenAI's Responses API for the relay. Only the function that serves it imports this. */
export const serveResponses = (prepare: PrepareChat, { sealSecret }: Pick<Config, 'sealSecret'>): ServedWire => ({
  prepare: (call, _, { id }) => prepare(call, id, sealSecret),
  createExchange: createTextExchange,
})
