import type { Call } from '../protocol/call.ts'
import type { JsonObject } from '../runtime/json.ts'

/** A reply that holds a sentence in place of what a model would have written. */
export interface Refusal {
  /** The whole reply, without its usage. */
  readonly whole: JsonObject
  /** The chunks of a stream, without one of usage. */
  readonly chunks: readonly JsonObject[]
}

/** Creates the refusal of a chat or completion, in the normal form of the provider's own responses. Returns undefined if a
 *  reply of the operation holds no text. */
export const createRefusal = (
  { operation, model }: Call,
  { id, sentence: content }: { readonly id: string; readonly sentence: string },
): Refusal | undefined => {
  const common = { created: Math.floor(Date.now() / 1000), model }
  const end = { index: 0, logprobs: null, finish_reason: 'stop' }
  if (operation === 'completions') {
    const fields = { id: `cmpl-${id}`, object: 'text_completion', ...common, choices: [{ text: content, ...end }] }
    return { whole: fields, chunks: [fields] }
  }
  if (operation !== 'chat/completions') return undefined
  const chat = { id: `chatcmpl-${id}`, ...common }
  const toChunk = (choice: JsonObject): JsonObject => ({ ...chat, object: 'chat.completion.chunk', choices: [choice] })
  return {
    whole: {
      ...chat,
      object: 'chat.completion',
      choices: [{ ...end, message: { role: 'assistant', content, refusal: null } }],
    },
    chunks: [
      toChunk({ ...end, delta: { role: 'assistant', content }, finish_reason: null }),
      toChunk({ ...end, delta: {} }),
    ],
  }
}
