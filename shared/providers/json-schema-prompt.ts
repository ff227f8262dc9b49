import type { TextCall } from '../protocol/call.ts'
import { GatewayError } from '../protocol/errors.ts'
import { isObject, type JsonObject, parseJson } from '../runtime/json.ts'
import type { Exchange, ExchangeOptions } from './exchange.ts'
import { findSchemaProblem } from './json-schema-check.ts'
import type { Choice } from './normalize/choices.ts'
import { getChoices } from './normalize/normalize.ts'
import type { RuleTarget } from './normalize/rules.ts'
import type { WholeExchange } from './response/json-response.ts'

/** The `response_format` of a request for JSON that fits a schema (OpenAI API reference, "Structured outputs"). */
interface SchemaFormat {
  readonly schema: JsonObject
  readonly name: unknown
  readonly description: unknown
}

/** Asks in the prompt for JSON that fits a schema, if the provider supports only `json_object`. Each choice of the
 *  response states in `json_schema` whether it is valid: in a stream, the chunk with the choice's finish reason. Few
 *  models need it, so it is bundled apart.
 *  @throws invalid_value (400, with `param`) if the request has no schema */
export const answerBySchema: (exchange: Exchange, options: ExchangeOptions) => ReturnType<Exchange> = async (
  exchange,
  options,
) => {
  const { call, target, reshape } = options
  const format = readFormat(call.body['response_format'] ?? target.defaultParams['response_format'])
  const markChunk = createMarkChunk(format.schema)
  const response = await exchange({
    ...options,
    call: toPromptCall(call, format),
    reshape: (chunk) => {
      markChunk(chunk)
      return reshape ? reshape(chunk) : chunk.fields
    },
  })
  return response.kind === 'whole' ? markResponse(response, format.schema) : response
}

const readFormat = (format: unknown): SchemaFormat => {
  const { json_schema: given } = isObject(format) ? format : {}
  const { schema, name, description } = isObject(given) ? given : {}
  if (isObject(schema)) return { schema, name, description }
  const message = "'response_format.json_schema.schema' must be a JSON schema, which is an object."
  throw new GatewayError(400, 'invalid_value', message, { param: 'response_format' })
}

const toPromptCall = (call: TextCall, format: SchemaFormat): TextCall => {
  const { messages } = call.body
  const body = {
    ...call.body,
    messages: addInstruction(Array.isArray(messages) ? messages : [], toInstruction(format)),
    response_format: { type: 'json_object' },
  }
  return { ...call, body }
}

/** The prompt holds the word "json", without which some providers refuse `json_object`. */
const toInstruction = ({ schema, name, description }: SchemaFormat): string => {
  const named = typeof name === 'string' ? ` It is named ${JSON.stringify(name)}.` : ''
  const described = typeof description === 'string' ? ` Its purpose: ${description}` : ''
  return `Answer in json: one object that is valid against the JSON schema below, and nothing else.${named}${described}\n\n${JSON.stringify(schema)}`
}

const instructionRoles: readonly unknown[] = ['system', 'developer']

/** Adds an instruction to the end of the first system message: some providers accept one only, and their prompt caches
 *  compare from the beginning. */
const addInstruction = (messages: readonly unknown[], instruction: string): unknown[] => {
  const [first, ...others] = messages
  if (!isObject(first) || !instructionRoles.includes(first['role']))
    return [{ role: 'system', content: instruction }, ...messages]
  const { content } = first
  if (Array.isArray(content))
    return [{ ...first, content: [...content, { type: 'text', text: instruction }] }, ...others]
  const before = typeof content === 'string' && content !== '' ? `${content}\n\n` : ''
  return [{ ...first, content: before + instruction }, ...others]
}

/** Marks the choices of a whole response. */
const markResponse = (response: WholeExchange, schema: JsonObject): WholeExchange => {
  for (const choice of getChoices(response.fields).filter(isObject)) {
    const { content, tool_calls: calls } = isObject(choice['message']) ? choice['message'] : {}
    if (calls === undefined && typeof content === 'string') choice['json_schema'] = toMark(content, schema)
  }
  return { ...response, text: undefined }
}

/** Creates a function that collects the text of each choice of a stream, and marks the chunk that ends it. */
const createMarkChunk = (schema: JsonObject): ((chunk: RuleTarget) => void) => {
  const texts = new Map<number, string>()
  const collect = ({ index, message: { content } }: Choice): string => {
    const text = (texts.get(index) ?? '') + (typeof content === 'string' ? content : '')
    texts.set(index, text)
    return text
  }
  return ({ choices }) => {
    for (const choice of choices) {
      const text = collect(choice)
      const { fields, state } = choice
      if (fields['finish_reason'] && state.tools.size === 0) fields['json_schema'] = toMark(text, schema)
    }
  }
}

const toMark = (text: string, schema: JsonObject): JsonObject => {
  const value = parseJson(text)
  const problem = value === undefined ? 'The answer is not JSON.' : findSchemaProblem(value, schema)
  return problem === undefined ? { mode: 'prompt', valid: true } : { mode: 'prompt', valid: false, error: problem }
}
