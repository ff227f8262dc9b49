import type { Call } from '../../protocol/call.ts'
import { GatewayError } from '../../protocol/errors.ts'
import { getKnownProvider } from '../../protocol/provider-presets.ts'
import type { Target } from '../../protocol/route.ts'
import { isCount } from '../../protocol/usage.ts'
import { invalidFieldError, isFilledText } from '../fields/request-fields.ts'

/** One text, or the tokens of one. */
export type Input = string | readonly number[]

/** The most inputs of a request (OpenAI API reference, "Create embeddings"). */
export const maxInputs = 2_048

const forms = "'input' must be a text, an array of texts, an array of tokens, or an array of token arrays."

/** Checks the inputs of a call. None may be empty: providers refuse empty texts, each in words of its own.
 *  @throws invalid_value, missing_required_parameter (400, with `param`) */
export const checkInputs = (call: Call): void => {
  const { input } = call.body
  if (input === '' || (Array.isArray(input) && input.length === 0))
    throw invalidFieldError(call, 'input', "'input' must not be empty. Send at least one text.")
  if (isFilledText(input) || isTokenList(input)) return
  if (!Array.isArray(input)) throw invalidFieldError(call, 'input', forms)
  const empty = input.findIndex((item) => item === '' || (Array.isArray(item) && item.length === 0))
  if (empty >= 0)
    throw invalidFieldError(call, `input[${empty}]`, `'input[${empty}]' must not be empty. Leave empty texts out.`)
  if (!input.every(isFilledText) && !input.every(isTokenList)) throw invalidFieldError(call, 'input', forms)
  if (input.length > maxInputs)
    throw invalidFieldError(
      call,
      'input',
      `'input' holds ${input.length} texts; one request takes at most ${maxInputs}. Send several requests.`,
    )
}

const isTokenList = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every(isCount)

/** Lists the inputs of a checked call. */
export const listInputs = ({ body: { input } }: Call): readonly Input[] =>
  typeof input === 'string' || isTokenList(input) ? [input] : (input as readonly Input[])

/** Providers that take tokens. A server that is not known may, so it is asked. */
const tokenProviders: ReadonlySet<string | undefined> = new Set([
  undefined,
  'openai',
  'azure',
  'github',
  'hosted_vllm',
  'litellm_proxy',
  'llamacpp',
])

/** @throws invalid_value (400, with `param`) if the call holds tokens and the target's provider takes only texts */
export const requireTexts = (inputs: readonly Input[], target: Target): void => {
  if (typeof inputs[0] === 'string' || tokenProviders.has(getKnownProvider(target))) return
  const message =
    "This model takes no tokens. Send 'input' as text (LangChain for Python: check_embedding_ctx_length=False)."
  throw new GatewayError(400, 'invalid_value', message, { param: 'input' })
}

/** Splits inputs into the batches of a target: one if it has no `max_batch`. */
export const splitInputs = (inputs: readonly Input[], { maxBatch = inputs.length }: Target): (readonly Input[])[] =>
  Array.from({ length: Math.ceil(inputs.length / maxBatch) }, (_, batch) =>
    inputs.slice(batch * maxBatch, (batch + 1) * maxBatch),
  )
