import { type Call, readCount } from '../../protocol/call.ts'
import { GatewayError } from '../../protocol/errors.ts'
import type { Wire } from '../../protocol/wire.ts'
import type { JsonObject } from '../../runtime/json.ts'
import { invalidFieldError, readPlainCall } from '../fields/request-fields.ts'
import { getReplyModel, readInputUsage, wrongResponseError } from '../fields/response-fields.ts'
import { checkInputs, listInputs, requireTexts, splitInputs } from './inputs.ts'
import { type Encoding, encodings, readVectors, type Vector } from './vectors.ts'

const embeddingFields: ReadonlySet<string> = new Set(['input', 'dimensions', 'encoding_format'])

/** Embeddings: OpenAI's wire (openai-openapi 2.3.0, `CreateEmbeddingRequest`). Providers are asked for numbers, because many
 *  refuse base64, or answer it with numbers; the client gets its own format. */
export const embeddings: Wire = {
  prepare: (given) => {
    const call = readPlainCall(given, embeddingFields)
    checkInputs(call)
    readCount(call.body, 'dimensions')
    if (!isEncoding(call.body['encoding_format']))
      throw invalidFieldError(call, 'encoding_format', `'encoding_format' must be one of ${encodings.join(', ')}.`)
    return { call, texts: [{ content: call.body['input'], times: 1 }] }
  },
  toRequests: (call, target) => {
    const inputs = listInputs(call)
    requireTexts(inputs, target)
    const { encoding_format = 'float' } = target.defaultParams
    const body = { ...call.body, encoding_format }
    const batches = splitInputs(inputs, target)
    return batches.map((input) => ({ path: '/embeddings', body: batches.length > 1 ? { ...body, input } : body }))
  },
  isResponse: ({ data }) => Array.isArray(data),
  readUsage: ({ usage }) => readInputUsage(usage),
  toReply: (responses, call, target) => {
    const encoding = (call.body['encoding_format'] ?? 'float') as Encoding
    const batches = splitInputs(listInputs(call), target)
    const vectors = responses.flatMap(({ data }, batch) =>
      readVectors(data as unknown[], batches[batch]?.length ?? 0, encoding),
    )
    requireDimensions(vectors, call)
    const data = vectors.map(({ fields }, index): JsonObject => ({ ...fields, object: 'embedding', index }))
    const [first = {}] = responses
    return { ...first, object: 'list', data, model: getReplyModel(first, call, target) }
  },
}

/** Null means unset in the OpenAI API. */
const isEncoding = (value: unknown): boolean => (value ?? 'float') === 'float' || value === 'base64'

/** A vector of another length than expected would spoil the client's index.
 *  @throws invalid_value (400, with `param`) if the model has other dimensions than the client asked for, upstream_error
 *  (502) if the vectors differ in length */
const requireDimensions = (vectors: readonly Vector[], { body }: Call): void => {
  const lengths = new Set(vectors.map(({ dimensions }) => dimensions))
  const [length = 0] = lengths
  if (lengths.size > 1) throw wrongResponseError('The provider sent vectors of different lengths.')
  const asked = readCount(body, 'dimensions') ?? length
  if (asked === length) return
  const message = `This model's vectors have ${length} dimensions, and the request asked for ${asked}. Leave 'dimensions' out, ask for ${length}, or choose another model.`
  throw new GatewayError(400, 'invalid_value', message, { param: 'dimensions' })
}
