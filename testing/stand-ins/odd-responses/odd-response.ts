import { json, type Script, sse } from '../provider.ts'

/** What a client must read of an odd response, or how its call must fail. */
export type Reading =
  | {
      readonly text?: string
      readonly thought?: string
      /** The names and arguments of the tools that are called. */
      readonly calls?: readonly (readonly [name: string, json: string])[]
      /** Default: `stop`, or `tool_calls` if there are calls. */
      readonly reason?: string
      /** The counts that are billed: prompt, output, total, and tokens from the cache. Default: not looked at. */
      readonly usage?: readonly [number, number, number, number?]
    }
  | { readonly status: number; readonly code?: string }

/** A response that breaks OpenAI's wire in one way, and what a client must read of it. */
export interface OddResponse {
  /** How it is odd, and in brackets who sends it or where it was reported. */
  readonly title: string
  /** The response to a call for a stream. Default: none is tried. */
  readonly stream?: Script
  /** The response to a call for a whole response. */
  readonly whole?: Script
  /** Whether both are completions in place of chats. */
  readonly isCompletion?: true
  readonly reads: Reading
}

/** The text of most odd responses. */
export const said = '你好，世界 👋'

/** The counts of most odd responses. */
export const usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }

const identity = { id: 'c1', created: 1, model: 'm' }

/** The fields of a chunk. */
export const toChunk = (fields: object): object => ({ ...identity, object: 'chat.completion.chunk', ...fields })

/** The fields of a whole response. */
export const toDocument = (fields: object): object => ({ ...identity, object: 'chat.completion', ...fields })

/** A chunk with a delta of the first choice. */
export const delta = (fields: unknown, reason: unknown = null): object =>
  toChunk({ choices: [{ index: 0, delta: fields, finish_reason: reason }] })

/** A whole response with one message. */
export const message = (fields: unknown, reason: unknown = 'stop'): object =>
  toDocument({ choices: [{ index: 0, message: fields, finish_reason: reason }], usage })

/** The chunk that ends the first choice. */
export const stop = delta({}, 'stop')

/** The chunks of the usual text. */
export const saidPieces = [...said].map((content) => delta({ content }))

/** The usual text as a message. */
export const saidMessage = { role: 'assistant', content: said }

/** Formats a chunk as an event. */
export const toEvent = (fields: object | string): string =>
  `data: ${typeof fields === 'string' ? fields : JSON.stringify(fields)}\n\n`

/** A stream of chunks that ends with `[DONE]`. */
export const toStream = (...chunks: readonly (object | string)[]): Script =>
  sse(...chunks.map(toEvent), toEvent('[DONE]'))

/** A chat in chunks and as a document. */
export const inBoth = (
  chunks: readonly (object | string)[],
  document: object,
): Pick<OddResponse, 'stream' | 'whole'> => ({
  stream: toStream(...chunks),
  whole: json(document),
})

/** Bytes that are the same for both kinds of calls. */
export const asBoth = (script: Script): Pick<OddResponse, 'stream' | 'whole'> => ({ stream: script, whole: script })
