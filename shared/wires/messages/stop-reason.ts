import type { JsonObject } from '../../runtime/json.ts'
import type { ReplyFacts } from './reply-facts.ts'

/** Why a message ended. */
export interface Stop {
  /** The reason of the chat. */
  readonly reason: unknown
  /** vLLM names the text that stopped the model. */
  readonly matched: unknown
  readonly callsTools: boolean
}

const stopReasons: Readonly<Record<string, string>> = {
  length: 'max_tokens',
  content_filter: 'refusal',
  tool_calls: 'tool_use',
  function_call: 'tool_use',
}

/** Turns the end of a chat into that of a message (Anthropic documentation, "Handling stop reasons"). A tool call that is cut off
 *  by the limit stays `max_tokens`: clients must not run it. */
export const toStop = ({ reason, matched, callsTools }: Stop, { stopSequences }: ReplyFacts): JsonObject => {
  const known = stopReasons[String(reason)] ?? 'end_turn'
  const byContent = callsTools ? 'tool_use' : 'end_turn'
  const stopped = known === 'end_turn' || known === 'tool_use' ? byContent : known
  const isSequence = stopped === 'end_turn' && typeof matched === 'string' && stopSequences.includes(matched)
  return {
    stop_reason: isSequence ? 'stop_sequence' : stopped,
    stop_sequence: isSequence ? matched : null,
    stop_details: stopped === 'refusal' ? { type: 'refusal', category: null, explanation: refusalText } : null,
  }
}

const refusalText = "The provider's content filter ended the reply."
