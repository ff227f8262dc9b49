import type { JsonObject } from '../../shared/runtime/json.ts'
import { json, type ReceivedRequest, type Script, sse } from '../../testing/stand-ins/provider.ts'

/** The usage that {@link answerInWire} states: 30 tokens. */
export const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
const ownUsage = { input_tokens: 10, output_tokens: 20 }

const data = (fields: object): string => `data: ${JSON.stringify(fields)}\n\n`
const named = (fields: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${fields.type}\n${data(fields)}`

/** Answers a request in the API that it came by, with a text in pieces. A stream has one piece in each event.
 *  @param isCut whether the connection breaks off after the last piece */
export const answerInWire = ({ path, body }: ReceivedRequest, pieces = ['hi'], isCut = false): Script => {
  const { whole, start, delta, end } = path.endsWith('/chat/completions')
    ? chat
    : path.endsWith('/v1/messages')
      ? ownMessages
      : ownResponses
  if (!body['stream']) return isCut ? sse('cut') : json(whole(pieces.join('')))
  return sse(...start, ...pieces.map(delta), ...(isCut ? ['cut'] : end(pieces.join(''))))
}

interface Api {
  readonly whole: (text: string) => object
  readonly start: readonly string[]
  readonly delta: (text: string) => string
  readonly end: (text: string) => readonly string[]
}

const chat: Api = {
  whole: (content) => ({
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage,
  }),
  start: [],
  delta: (content) => data({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: null }] }),
  end: () => [
    data({ id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    data({ id: 'c', choices: [], usage }),
    'data: [DONE]\n\n',
  ],
}

const ownMessage = { id: 'msg_1', type: 'message', role: 'assistant', model: 'own', stop_reason: null }

const ownMessages: Api = {
  whole: (text) => ({
    ...{ ...ownMessage, content: [{ type: 'text', text }], stop_reason: 'end_turn', usage: ownUsage },
  }),
  start: [
    named({ type: 'message_start', message: { ...ownMessage, content: [], usage: { ...ownUsage, output_tokens: 1 } } }),
    named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  ],
  delta: (text) => named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  end: () => [
    named({ type: 'content_block_stop', index: 0 }),
    named({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: ownUsage }),
    named({ type: 'message_stop' }),
  ],
}

const toOwnResponse = (output: readonly JsonObject[], status: string): JsonObject => ({
  ...{ id: 'resp_1', object: 'response', model: 'own', status, output },
  usage: status === 'completed' ? { ...ownUsage, total_tokens: 30 } : null,
})

const toOwnItem = (text: string): JsonObject => ({
  ...{ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed' },
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
})

const place = { item_id: 'msg_1', output_index: 0, content_index: 0 }

const ownResponses: Api = {
  whole: (text) => toOwnResponse([toOwnItem(text)], 'completed'),
  start: [
    named({ type: 'response.created', response: toOwnResponse([], 'in_progress') }),
    named({ type: 'response.output_item.added', output_index: 0, item: { ...toOwnItem(''), content: [] } }),
  ],
  delta: (delta) => named({ type: 'response.output_text.delta', ...place, delta }),
  end: (text) => [
    named({ type: 'response.output_item.done', output_index: 0, item: toOwnItem(text) }),
    named({ type: 'response.completed', response: toOwnResponse([toOwnItem(text)], 'completed') }),
  ],
}
