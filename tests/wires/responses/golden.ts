import { readFileSync } from 'node:fs'
import type { JsonObject } from '../../../shared/runtime/json.ts'
import { createReply, type ReplyOptions } from '../../../shared/wires/responses/reply.ts'

/** A chunk of a chat in normal form. */
export const chunk = (delta: object, finish_reason: string | null = null): JsonObject => ({
  ...{ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' },
  choices: [{ index: 0, delta, finish_reason }],
})

/** A piece of the call of a tool; the first one has a name. */
export const calling = (index: number, json: string, name?: string): object => ({
  tool_calls: [
    {
      index,
      ...(name && { id: `call_${index}`, type: 'function' }),
      function: { ...(name && { name }), arguments: json },
    },
  ],
})

/** A usage with details. */
export const usage = {
  ...{ prompt_tokens: 900, completion_tokens: 44, total_tokens: 944 },
  ...{ prompt_tokens_details: { cached_tokens: 512 }, completion_tokens_details: { reasoning_tokens: 12 } },
}

/** The options of replies whose ids and times are the same in every run. */
export const fixedOptions: ReplyOptions = {
  ...{ request: { model: 'm', input: 'hi' }, model: 'm', seal: undefined },
  views: new Map([
    ['ls', { kind: 'function', name: 'ls' }],
    ['patch', { kind: 'custom', name: 'patch' }],
    ['mcp__fs__read', { kind: 'function', name: 'read', namespace: 'mcp__fs' }],
    ['apply_patch', { kind: 'apply_patch', name: 'apply_patch' }],
  ]),
  now: () => 1_764_230_000_000,
  createId: () => '71c',
}

/** Streams chunks, and returns the text that the client gets. */
export const stream = (chunks: readonly JsonObject[], options: Partial<ReplyOptions> = {}): string => {
  const writer = createReply({ ...fixedOptions, ...options }).createStream()
  return chunks.map((one) => writer.write(one)).join('') + writer.end(usage, {})
}

/** The events of a stream in SSE form.
 *  @throws Error if the name of an event is not its type */
export const readEvents = (text: string): JsonObject[] =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => {
      const [name = '', data = ''] = block.split('\n')
      const event = JSON.parse(data.replace('data: ', '')) as JsonObject
      if (name !== `event: ${String(event['type'])}`) throw new Error(`${name} is named otherwise`)
      return event
    })

/** The text of a golden file. Its events leave out what all responses have. */
export const readGolden = (name: string): string => readFileSync(`tests/fixtures/responses/${name}.txt`, 'utf8')

/** The events of a stream, a line each: the response of an event only with its status, output and usage. */
export const toLines = (events: readonly JsonObject[]): string =>
  events
    .map(({ type, response, ...rest }) => `${String(type)} ${JSON.stringify({ ...shorten(response), ...rest })}\n`)
    .join('')

const shorten = (response: unknown): JsonObject => {
  if (typeof response !== 'object' || response === null) return {}
  const { id, status, output, usage: counted, incomplete_details, error } = response as JsonObject
  const more = { ...(incomplete_details !== null && { incomplete_details }), ...(error !== null && { error }) }
  return { response: { id, status, output, ...(counted !== null && { usage: counted }), ...more } }
}
