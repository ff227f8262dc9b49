import { createTextExchange } from '../../providers/text-exchange.ts'
import type { ServedWire } from './relay.ts'

/** Chats and completions for the relay. Only the functions that serve them import this. */
export const serveText: ServedWire = { prepare: (call) => call, createExchange: createTextExchange }
