import type { Call } from './call.ts'
import { readCount } from './call.ts'
import { GatewayError } from './errors.ts'

/** How much one call may ask for. */
export interface CallCaps {
  /** Most answers to one prompt: bounds `n` and `best_of`. */
  readonly maxChoices: number
  /** Most prompts. */
  readonly maxPrompts: number
}

/** Holds what a client asks for against the caps, and counts it: the answers that the provider will work out, which is the larger
 *  of `n` and `best_of` for each prompt.
 *  @throws invalid_value (400, with `param`) for what is too much, and for what is no count */
export const countChoices = (
  { operation, body }: Call,
  { maxChoices: choices, maxPrompts: prompts }: CallCaps,
): number => {
  const asked = operation === 'completions' ? countPrompts(body['prompt']) : 1
  if (asked > prompts) {
    const message = `'prompt' holds ${asked} prompts; one request takes at most ${prompts}. Send several requests.`
    throw new GatewayError(400, 'invalid_value', message, { param: 'prompt' })
  }
  return Math.max(readCount(body, 'n', choices) ?? 1, readCount(body, 'best_of', choices) ?? 1) * asked
}

/** How many prompts a completion has: an array of tokens is one. */
export const countPrompts = (prompt: unknown): number =>
  Array.isArray(prompt) && typeof prompt[0] !== 'number' ? Math.max(prompt.length, 1) : 1
