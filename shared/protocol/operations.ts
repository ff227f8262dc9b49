import * as z from 'zod/mini'
import { isObject } from '../runtime/json.ts'

const isFilled = ({ length }: { readonly length: number }): boolean => length > 0

/** The body fields that the gateway checks. All other fields pass unchanged, for the provider to check. Plain
 *  predicates are used where possible, because each kind of schema is more code to load at start. */
const callSchemas = {
  model: z
    .string("'model' must be the name of a model. GET /v1/models lists the ones you can use.")
    .check(z.trim(), z.refine(isFilled, "'model' must not be empty. GET /v1/models lists the ones you can use.")),
  stream: z.optional(z.nullable(z.boolean("'stream' must be true or false."))),
  stream_options: z.optional(
    z.unknown().check(z.refine((value) => value === null || isObject(value), "'stream_options' must be an object.")),
  ),
}

const messagesSchema = z
  .array(
    z.object(
      { role: z.string("Every message must have a 'role'.") },
      "Every item of 'messages' must be a message object.",
    ),
    "'messages' must be an array of message objects.",
  )
  .check(z.refine(isFilled, "'messages' must hold at least one message."))

const isToken = (value: unknown): boolean => Number.isSafeInteger(value)
const isText = (value: unknown): boolean => typeof value === 'string'
const isTokens = (value: unknown): boolean => Array.isArray(value) && isFilled(value) && value.every(isToken)

const isPromptList = (value: unknown): boolean =>
  Array.isArray(value) && isFilled(value) && [isText, isToken, isTokens].some((is) => value.every(is))

const promptSchema = z
  .unknown()
  .check(
    z.refine(
      (value) => isText(value) || isPromptList(value),
      "'prompt' must be a string, an array of strings, or an array of tokens. An array must not be empty.",
    ),
  )

/** Creates the row of an operation with a wire of its own. */
const createWireRow = (name: string, genAiName = name) => ({
  paths: [`/v1/${name}`],
  genAiName,
  body: z.object(callSchemas),
})

/** The operations that are relayed to a provider. A new endpoint is a row here and a folder in `functions/`; if its replies
 *  hold no choices, also a folder in `wires/`, which checks its other fields. */
export const operations = {
  'chat/completions': {
    /** The full paths that clients use. `*` is any one segment. The aliases come from `@cloudbase/js-sdk` 3.7,
     *  `app.ai({ baseUrl })`. */
    paths: ['/v1/chat/completions', '/ai/*/v1/chat/completions', '/ai/*/chat/completions'],
    /** The path below the provider's base URL. */
    upstreamPath: '/chat/completions',
    /** The `gen_ai.operation.name` (OpenTelemetry, "Semantic conventions for generative AI"). */
    genAiName: 'chat',
    body: z.object({ ...callSchemas, messages: messagesSchema }),
    object: { whole: 'chat.completion', chunk: 'chat.completion.chunk' },
  },
  completions: {
    paths: ['/v1/completions'],
    upstreamPath: '/completions',
    genAiName: 'text_completion',
    body: z.object({ ...callSchemas, prompt: promptSchema }),
    object: { whole: 'text_completion', chunk: 'text_completion' },
  },
  embeddings: createWireRow('embeddings'),
  rerank: createWireRow('rerank'),
  responses: createWireRow('responses'),
  messages: createWireRow('messages', 'chat'),
} as const

/** The name of an operation. */
export type OperationName = keyof typeof operations

/** The operations whose replies hold choices. */
export type TextOperation = 'chat/completions' | 'completions'
