import type { Call } from '../../protocol/call.ts'
import type { NativeWire } from '../../protocol/chat-wire.ts'
import { createNativeExchange } from '../../providers/native-exchange.ts'
import { createTextExchange } from '../../providers/text-exchange.ts'
import type { Config } from '../config/config.ts'
import type { ServedWire } from './relay.ts'

/** A wire whose calls are chats in other words, and that seals what a client keeps for the gateway. */
export interface SealingWire {
  /** Turns a call into the chat that a provider gets.
   *  @param secret of which the keys of what is sealed follow; undefined: nothing is sealed */
  readonly prepare: (call: Call, userId: string | null, secret: string | undefined) => Call
  readonly native: NativeWire
}

/** Prepares OpenAI's Responses API for the relay. Only the function that serves it imports this. */
export const serveResponses = (
  { prepare, native }: SealingWire,
  { sealSecret }: Pick<Config, 'sealSecret'>,
): ServedWire => ({
  prepare: (call, _, { id }) => prepare(call, id, sealSecret),
  createExchange: createNativeExchange(native, createTextExchange),
})
