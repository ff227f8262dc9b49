import type { Call } from '../../protocol/call.ts'
import { listToolNames } from './tools.ts'

/** Facts of a request that its reply needs. */
export interface ReplyFacts {
  /** The client's name of the model. */
  readonly model: string
  readonly stopSequences: readonly unknown[]
  /** The client's name of a tool. */
  readonly toToolName: (name: unknown) => string
  /** Estimates the tokens of the prompt. */
  readonly promptTokens: () => number
}

/** Finds the facts of a request that its reply needs. */
export const readReplyFacts = ({ model, original }: Call, promptTokens: () => number): ReplyFacts => {
  const { tools, stop_sequences: stop } = original?.body ?? {}
  const names = listToolNames(tools)
  return {
    model,
    promptTokens,
    stopSequences: Array.isArray(stop) ? stop : [],
    toToolName: (name) => names.get(String(name)) ?? String(name),
  }
}
