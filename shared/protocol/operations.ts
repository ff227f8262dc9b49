import * as z from 'zod/mini'

/** What the gateway checks of a request body. Every other field is the provider's to judge and passes unchanged. */
const callFields = {
  model: z
    .string("'model' must be the name of a model. GET /v1/models lists the ones you can use.")
    .check(z.trim(), z.minLength(1, "'model' must not be empty. GET /v1/models lists the ones you can use.")),
  stream: z.optional(z.nullable(z.boolean("'stream' must be true or false."))),
}

const messages = z
  .array(
    z.looseObject(
      { role: z.string("Every message must have a 'role'.") },
      "Every item of 'messages' must be a message object.",
    ),
    "'messages' must be an array of message objects.",
  )
  .check(z.minLength(1, "'messages' must hold at least one message."))

const prompt = z.union(
  [z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))],
  "'prompt' must be a string, an array of strings, or an array of tokens.",
)

/** The operations of the OpenAI API that are relayed to a provider: a new endpoint is a row here and a folder in `functions/`. */
export const operations = {
  'chat/completions': {
    /** Full paths clients use; `*` stands for one segment. The aliases are those of `@cloudbase/js-sdk` 3.7, `app.ai({ baseUrl })`. */
    paths: ['/v1/chat/completions', '/ai/*/v1/chat/completions', '/ai/*/chat/completions'],
    /** Path below the provider's base URL. */
    upstreamPath: '/chat/completions',
    /** Its `gen_ai.operation.name` (OpenTelemetry, "Semantic conventions for generative AI"). */
    genAiName: 'chat',
    body: z.looseObject({ ...callFields, messages }),
    object: { whole: 'chat.completion', chunk: 'chat.completion.chunk' },
  },
  completions: {
    paths: ['/v1/completions'],
    upstreamPath: '/completions',
    genAiName: 'text_completion',
    body: z.looseObject({ ...callFields, prompt }),
    object: { whole: 'text_completion', chunk: 'text_completion' },
  },
} as const

export type OperationName = keyof typeof operations
