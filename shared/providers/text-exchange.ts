import type { TextOperation } from '../protocol/operations.ts'
import { adaptCalls } from './adapt-calls.ts'
import { createCompletionsExchange } from './completions.ts'
import { type CreateExchange, createExchange, type Exchange, type ExchangeOptions } from './exchange.ts'

/** Sends chats and completions. */
export const createTextExchange: CreateExchange = (send) => {
  const exchange = adaptCalls(createExchange(send))
  const exchangeFor: Readonly<Record<TextOperation, Exchange>> = {
    'chat/completions': exchange,
    completions: createCompletionsExchange(exchange),
  }
  return (options) => exchangeFor[options.call.operation as TextOperation](options as ExchangeOptions)
}
