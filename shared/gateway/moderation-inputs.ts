import { GatewayError } from '../protocol/errors.ts'
import { isObject, type JsonObject } from '../runtime/json.ts'

/** The most inputs of a request: each is a check of its own. */
const maxModerationTexts = 32

/** Reads the texts of a request for moderation (OpenAI API reference, "Create moderation"): one text, several, or the parts of one
 *  message, which are one text.
 *  @throws missing_required_parameter, invalid_value (400, with `param`) */
export const readModerationInputs = ({ input }: JsonObject): readonly string[] => {
  if (input === undefined) throw inputError("The request has no 'input'. Send a text, or an array of texts.", true)
  if (typeof input === 'string') return [input]
  if (!Array.isArray(input) || input.length === 0) throw inputError("'input' must be a text, or an array of texts.")
  const items = input as unknown[]
  if (items.every((item) => typeof item === 'string')) return requireFew(items)
  return [items.map(readInputPart).join('')]
}

const requireFew = (texts: readonly string[]): readonly string[] => {
  if (texts.length > maxModerationTexts)
    throw inputError(
      `'input' holds ${texts.length} texts; one request takes at most ${maxModerationTexts}. Send several requests.`,
    )
  return texts
}

const readInputPart = (part: unknown): string => {
  if (isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string') return part['text']
  throw inputError("Only texts are checked here. Send parts of the type 'text'.")
}

const inputError = (message: string, isMissing = false): GatewayError =>
  new GatewayError(400, isMissing ? 'missing_required_parameter' : 'invalid_value', message, { param: 'input' })
