import type { TinyModel } from './tiny-model.ts'

/** Thrown when a prompt leaves no room for one generated token. */
export class ContextLengthError extends Error {
  override readonly name = 'ContextLengthError'

  constructor(contextLength: number) {
    super(`This model's context holds ${contextLength} tokens, prompt and answer together. Shorten the prompt.`)
  }
}

/** Checks that a prompt leaves room for one generated token.
 *  @throws ContextLengthError */
export const assertTokensFit = ({ llama }: TinyModel, prompt: readonly number[]): void => {
  if (prompt.length >= llama.shape.contextLength) throw new ContextLengthError(llama.shape.contextLength)
}

/** Rejects text that is too long even if each of its tokens is the longest one, so no time is spent on encoding it.
 *  @throws ContextLengthError */
export const assertTextFits = ({ llama, tokenizer }: TinyModel, text: string): void => {
  const { contextLength } = llama.shape
  if (text.length >= contextLength * tokenizer.maxTokenBytes) throw new ContextLengthError(contextLength)
}
