import type { FinishReason } from '../generate/generate.ts'

/** The reply format of one endpoint. Each function returns one element of `choices`. */
export type ReplyFormat = Readonly<{
  idPrefix: string
  object: string
  chunkObject: string
  whole(index: number, text: string, finishReason: FinishReason): object
  /** The chunk before any text, if the endpoint has one. */
  opening(index: number): object | undefined
  delta(index: number, text: string): object
  ending(index: number, finishReason: FinishReason): object
}>

const chatDelta = (index: number, delta: object, finishReason: FinishReason | null): object => ({
  index,
  delta,
  logprobs: null,
  finish_reason: finishReason,
})

const textChoice = (index: number, text: string, finishReason: FinishReason | null): object => ({
  index,
  text,
  logprobs: null,
  finish_reason: finishReason,
})

/** The replies of `POST /v1/chat/completions` (OpenAI API reference, "The chat completion object"). */
export const chatFormat: ReplyFormat = {
  idPrefix: 'chatcmpl-',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  whole: (index, content, finishReason) => ({
    index,
    message: { role: 'assistant', content, refusal: null },
    logprobs: null,
    finish_reason: finishReason,
  }),
  opening: (index) => chatDelta(index, { role: 'assistant', content: '' }, null),
  delta: (index, content) => chatDelta(index, { content }, null),
  ending: (index, finishReason) => chatDelta(index, {}, finishReason),
}

/** The replies of `POST /v1/completions` (OpenAI API reference, "The completion object"). */
export const textFormat: ReplyFormat = {
  idPrefix: 'cmpl-',
  object: 'text_completion',
  chunkObject: 'text_completion',
  whole: textChoice,
  opening: () => undefined,
  delta: (index, text) => textChoice(index, text, null),
  ending: (index, finishReason) => textChoice(index, '', finishReason),
}
