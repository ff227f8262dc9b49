import type { Wire } from '../../protocol/wire.ts'
import { createWireExchange } from '../../providers/wire-exchange.ts'
import { estimatePromptTokens } from '../../usage/cost/prompt-tokens.ts'
import type { ServedWire } from './relay.ts'

/** Prepares a wire that is no chat for the relay. Only the function that serves the wire imports this. */
export const serveWire = (wire: Wire): ServedWire => ({
  prepare: (given) => {
    const { call, texts } = wire.prepare(given)
    const estimatePrompt = (): number =>
      texts.reduce((sum, { content: prompt, times }) => sum + estimatePromptTokens({ prompt }) * times, 0)
    return { ...call, estimatePrompt }
  },
  createExchange: createWireExchange(wire),
})
