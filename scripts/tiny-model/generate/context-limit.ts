import { UpstreamError } from '../server/upstream-error.ts'
import type { TinyModel } from '../tiny-model.ts'

const tooLong = (contextLength: number): UpstreamError =>
  new UpstreamError(
    400,
    'context_length_exceeded',
    `This model's context holds ${contextLength} tokens, prompt and answer together. Shorten the prompt.`,
  )

/** Refuses a prompt that leaves no room for one token of an answer.
 *  @throws UpstreamError `context_length_exceeded`. */
export const assertTokensFit = ({ llama }: TinyModel, prompt: readonly number[]): void => {
  if (prompt.length >= llama.shape.contextLength) throw tooLong(llama.shape.contextLength)
}

/** Refuses text which would be too long even if every token in it were the longest there is: no time goes into
 *  encoding it.
 *  @throws UpstreamError `context_length_exceeded`. */
export const assertTextFits = ({ llama, tokenizer }: TinyModel, text: string): void => {
  if (text.length >= llama.shape.contextLength * tokenizer.longestToken) throw tooLong(llama.shape.contextLength)
}
