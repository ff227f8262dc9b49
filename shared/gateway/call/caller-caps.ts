import type { Call } from '../../protocol/call.ts'
import { GatewayError } from '../../protocol/errors.ts'
import type { CallerCaps } from '../../protocol/route.ts'
import type { Provider } from '../../providers/provider.ts'
import { isObject, type JsonObject } from '../../runtime/json.ts'
import { estimateSentTokens } from '../../usage/cost/prompt-tokens.ts'
import { concealSystemPrompt } from './conceal-prompt.ts'
import { userFields } from './pseudonymize.ts'

/** A call, and the provider that gets it. */
export interface PreparedCall {
  readonly call: Call
  readonly callProvider: Provider
}

/** Applies an entry's caps to a call, before anything is paid. The result carries the entry's system prompt, unless it makes
 *  vectors or scores, and no error of its provider shows it. Few entries have caps, so this file is bundled apart.
 *  @throws unsupported_parameter, invalid_value, context_length_exceeded (400, with `param`) */
export const applyCallerCaps = ({ call, callProvider }: PreparedCall, caps: CallerCaps): PreparedCall => {
  const { systemPrompt } = caps
  requireAllowedParams(call, caps.allowedParams)
  const limited = limitSystemMessages(requireChatForm(call, caps), caps.clientSystem)
  requireShortPrompt(limited, caps.maxPromptTokens)
  if (systemPrompt === undefined || call.estimatePrompt) return { call: limited, callProvider }
  const body = Object.fromEntries(Object.entries(limited.body).filter(([field]) => !isRevealing(limited, field)))
  return { call: { ...limited, body, systemPrompt }, callProvider: concealSystemPrompt(callProvider) }
}

/** Returns the call as a chat if an entry decides about its fields or its system prompt. So nothing in the words of another
 *  wire goes past the caps.
 *  @throws what keeps the request from being a chat */
const requireChatForm = (call: Call, { systemPrompt, clientSystem, allowedParams }: CallerCaps): Call => {
  const { original, ...chat } = call
  if (!original || (systemPrompt === undefined && clientSystem === 'keep' && !allowedParams)) return call
  if (original.problem) throw original.problem
  return chat
}

/** Fields that make vLLM and servers like it return the prompt, or that replace the template which puts a system prompt
 *  first (vLLM documentation, "OpenAI-Compatible Server", extra parameters). */
const revealingFields: ReadonlySet<string> = new Set(['prompt_logprobs', 'return_token_ids', 'chat_template'])

/** The `echo` of a completion is the gateway's own: it returns the caller's prompt. */
const isRevealing = ({ operation }: Call, field: string): boolean =>
  revealingFields.has(field) || (field === 'echo' && operation === 'chat/completions')

/** Fields that callers may always set: those without which there is no request, and the names of users, which the gateway
 *  replaces. */
const alwaysAllowed: Readonly<Record<Call['operation'], readonly string[]>> = {
  'chat/completions': ['model', 'messages', 'stream', 'stream_options', ...userFields],
  completions: ['model', 'prompt', 'stream', 'stream_options', ...userFields],
  rerank: ['model', 'query', 'documents', 'top_n', 'return_documents', ...userFields],
  embeddings: ['model', 'input', 'encoding_format', ...userFields],
  responses: ['model', 'messages', 'stream', 'stream_options', ...userFields],
  messages: ['model', 'messages', 'stream', 'max_tokens'],
}

/** A field is refused, not dropped: a reply without the effect that the caller asked for would look like a fault of the model
 *  (docs/decisions/0094-caps-for-callers.md). Null means unset in the OpenAI API. */
const requireAllowedParams = (
  { operation, endpoint = operation, body }: Call,
  allowed: readonly string[] | undefined,
): void => {
  if (allowed === undefined) return
  const isAllowed = (field: string): boolean => alwaysAllowed[endpoint].includes(field) || allowed.includes(field)
  const param = Object.keys(body).find((field) => body[field] !== null && !isAllowed(field))
  if (param === undefined) return
  const shown = param.length > 64 ? `${param.slice(0, 64)}…` : param
  const help = allowed.length === 0 ? '' : ` It takes ${allowed.join(', ')}.`
  const message = `This model does not take '${shown}'. Leave it out.${help}`
  throw new GatewayError(400, 'unsupported_parameter', message, { param: shown })
}

/** The roles that instruct a model (openai-openapi 2.3.0, `ChatCompletionRequestMessage`). */
const systemRoles: ReadonlySet<string> = new Set(['system', 'developer'])

const isSystemMessage = (message: unknown): boolean =>
  isObject(message) && systemRoles.has(String(message['role']).trim().toLowerCase())

const limitSystemMessages = (call: Call, clientSystem: CallerCaps['clientSystem']): Call => {
  if (call.operation !== 'chat/completions' || clientSystem === 'keep') return call
  const messages = call.body['messages'] as readonly JsonObject[]
  const first = messages.findIndex(isSystemMessage)
  if (first < 0) return call
  if (clientSystem === 'refuse')
    throw invalidMessagesError('This model takes no system messages. Leave them out.', `messages.${first}.role`)
  const rest = messages.filter((message) => !isSystemMessage(message))
  if (rest.length === 0)
    throw invalidMessagesError("'messages' must hold at least one message that is no system message.", 'messages')
  return { ...call, body: { ...call.body, messages: rest } }
}

const invalidMessagesError = (message: string, param: string): GatewayError =>
  new GatewayError(400, 'invalid_value', message, { param })

/** The field of an operation that holds its text. */
const promptParams: Readonly<Record<Call['operation'], string>> = {
  'chat/completions': 'messages',
  completions: 'prompt',
  embeddings: 'input',
  rerank: 'documents',
  responses: 'input',
  messages: 'messages',
}

/** The estimate is of the caller's own text. The entry's system prompt does not count, because callers cannot see it; the
 *  call does not hold it yet. */
const requireShortPrompt = (call: Call, maxTokens: number | undefined): void => {
  if (maxTokens === undefined) return
  const tokens = estimateSentTokens(call)
  if (tokens <= maxTokens) return
  const param = promptParams[call.endpoint ?? call.operation]
  const message = `This model's maximum context length is ${maxTokens} prompt tokens, and the request has about ${tokens}. Shorten '${param}'.`
  throw new GatewayError(400, 'context_length_exceeded', message, { param })
}
