import { type Script, sse } from '../stand-ins/provider.ts'

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }

/** Creates a chunk of a stream as an event. */
export const chunkEvent = (fields: object): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...fields })}\n\n`

/** Creates a chunk with text. */
export const textChunk = (content: string, reason: string | null = null): string =>
  chunkEvent({ choices: [{ index: 0, delta: { content }, finish_reason: reason }] })

/** Creates a whole response. */
export const wholeResponse = (more: object = {}): Record<string, unknown> => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, text: 'hello', message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage,
  ...more,
})

/** Creates the response of a provider without faults. */
export const healthyResponse = ({ stream }: Record<string, unknown>): Script =>
  stream === true
    ? sse(textChunk('hel'), textChunk('lo', 'stop'), chunkEvent({ choices: [], usage }), 'data: [DONE]\n\n')
    : { body: [JSON.stringify(wholeResponse())] }
