import { type Call, readCount } from './call.ts'
import { GatewayError } from './errors.ts'

/** The caps of one call. */
export interface CallCaps {
  /** The most choices for one prompt: caps `n` and `best_of`. */
  readonly maxChoices: number
  /** The most prompts. */
  readonly maxPrompts: number
}

/** Checks a call against the caps and returns how many choices the provider will make: for each prompt, the larger of
 *  `n` and `best_of`.
 *  @throws invalid_value (400, with `param`) if a value is above its cap or is not a count */
export const countChoices = (
  { operation, body }: Pick<Call, 'operation' | 'body'>,
  { maxChoices, maxPrompts }: CallCaps,
): number => {
  const prompts = operation === 'completions' ? countPrompts(body['prompt']) : 1
  if (prompts > maxPrompts) {
    const message = `'prompt' holds ${prompts} prompts; one request takes at most ${maxPrompts}. Send several requests.`
    throw new GatewayError(400, 'invalid_value', message, { param: 'prompt' })
  }
  return Math.max(readCount(body, 'n', maxChoices) ?? 1, readCount(body, 'best_of', maxChoices) ?? 1) * prompts
}

/** Counts the prompts of a completion. An array of tokens is one prompt. */
export const countPrompts = (prompt: unknown): number =>
  Array.isArray(prompt) && typeof prompt[0] !== 'number' ? Math.max(prompt.length, 1) : 1
