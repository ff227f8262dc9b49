import * as z from 'zod/mini'
import type { ChatMessage } from '../generate/chat-prompt.ts'
import { findModel } from './model-list.ts'
import { UpstreamError } from './upstream-error.ts'

const orNull = <T extends z.core.$ZodType>(schema: T) => z.optional(z.nullable(schema))

const stopString = z.string('must be a string').check(z.minLength(1, 'must not be empty'))
const tokenCount = z.int('must be a whole number').check(z.gte(1, 'must be at least 1'))
const fraction = z.number('must be a number').check(z.gte(0, 'must be at least 0'), z.lte(1, 'must be at most 1'))

const sharedFields = {
  model: z.string('must be a string'),
  max_tokens: orNull(tokenCount),
  temperature: orNull(
    z.number('must be a number').check(z.gte(0, 'must be at least 0'), z.lte(2, 'must be at most 2')),
  ),
  top_p: orNull(fraction),
  seed: orNull(z.int('must be a whole number')),
  n: orNull(z.int('must be a whole number').check(z.gte(1, 'must be at least 1'), z.lte(4, 'must be at most 4'))),
  stop: orNull(
    z.union(
      [stopString, z.array(stopString).check(z.maxLength(4))],
      'must be a string or an array of at most 4 strings, none of them empty',
    ),
  ),
  stream: orNull(z.boolean('must be a boolean')),
  stream_options: orNull(z.looseObject({ include_usage: orNull(z.boolean('must be a boolean')) }, 'must be an object')),
}

const contentPart = z.looseObject({ type: z.literal('text'), text: z.string() })
const message = z.looseObject(
  {
    role: z.enum(['developer', 'system', 'user', 'assistant', 'tool'], 'must be a role of the chat completions API'),
    content: z.union([z.string(), z.array(contentPart)], 'must be a string or an array of text parts'),
  },
  'must be an object',
)

const chatBody = z.looseObject(
  {
    ...sharedFields,
    messages: z.array(message, 'must be an array of messages').check(z.minLength(1, 'must not be empty')),
    max_completion_tokens: orNull(tokenCount),
  },
  'must be a JSON object',
)

const text = z.string('must be a string').check(z.minLength(1, 'must not be empty'))
const textBody = z.looseObject(
  {
    ...sharedFields,
    prompt: z.union(
      [text, z.array(text).check(z.minLength(1), z.maxLength(4))],
      'must be a string or an array of 1 to 4 strings, none of them empty',
    ),
    echo: orNull(z.boolean('must be a boolean')),
  },
  'must be a JSON object',
)

/** The fields of both endpoints, with defaults. `temperature` is 0 by default, so the same question gets the same
 *  reply. `seed` is undefined for "any". */
export type CompletionRequest = Readonly<{
  model: string
  /** Number of choices for each prompt. */
  choices: number
  maxTokens: number
  stop: readonly string[]
  temperature: number
  topP: number
  seed: number | undefined
  stream: boolean
  includeUsage: boolean
}>

/** A request to `POST /v1/chat/completions`. */
export type ChatRequest = CompletionRequest & Readonly<{ messages: readonly ChatMessage[] }>

/** A request to `POST /v1/completions`. With `echo` each choice begins with its prompt. */
export type TextRequest = CompletionRequest & Readonly<{ prompts: readonly string[]; echo: boolean }>

/** `max_tokens` of the completions API when a request has none (OpenAI API reference, "Completions"). */
const DEFAULT_TEXT_TOKENS = 16

const parse = <T extends z.ZodMiniType>(schema: T, body: unknown): z.output<T> => {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const param = issue && issue.path.length > 0 ? z.core.toDotPath(issue.path) : null
  const subject = param === null ? 'The body' : `'${param}'`
  throw new UpstreamError(400, 'invalid_request', `${subject} ${issue?.message ?? 'is invalid'}.`, param)
}

const parseShared = (body: z.output<z.ZodMiniObject<typeof sharedFields>>): Omit<CompletionRequest, 'maxTokens'> => {
  findModel(body.model)
  const stream = body.stream ?? false
  if (body.stream_options && !stream) {
    throw new UpstreamError(400, 'invalid_request', "'stream_options' needs 'stream': true.", 'stream_options')
  }
  return {
    model: body.model,
    choices: body.n ?? 1,
    stop: [body.stop ?? []].flat(),
    temperature: body.temperature ?? 0,
    topP: body.top_p ?? 1,
    seed: body.seed ?? undefined,
    stream,
    includeUsage: body.stream_options?.include_usage ?? false,
  }
}

const joinParts = (content: string | readonly { text: string }[]): string =>
  typeof content === 'string' ? content : content.map((part) => part.text).join('')

/** Validates the body of a chat completion. Ignores fields that this model does not use.
 *  @throws UpstreamError `invalid_request` with the name of the field; 404 `model_not_found` */
export const parseChatRequest = (json: unknown): ChatRequest => {
  const body = parse(chatBody, json)
  return {
    ...parseShared(body),
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? Number.POSITIVE_INFINITY,
    messages: body.messages.map(({ role, content }) => ({ role, content: joinParts(content) })),
  }
}

/** Validates the body of a text completion. Ignores fields that this model does not use.
 *  @throws UpstreamError `invalid_request` with the name of the field; 404 `model_not_found` */
export const parseTextRequest = (json: unknown): TextRequest => {
  const body = parse(textBody, json)
  return {
    ...parseShared(body),
    maxTokens: body.max_tokens ?? DEFAULT_TEXT_TOKENS,
    prompts: [body.prompt].flat(),
    echo: body.echo ?? false,
  }
}
