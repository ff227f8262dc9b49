import { stamp } from './stamp.ts'

const usage = { prompt_tokens: 24, completion_tokens: 50, total_tokens: 74 }
const identity = {
  id: 'chatcmpl-bench0123456789',
  created: 1_750_000_000,
  model: 'bench',
  system_fingerprint: 'fp_bench',
}

/** A whole response of about 800 bytes. */
export const wholeResponse = JSON.stringify({
  ...identity,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'A short answer. '.repeat(32) },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage,
})

/** Creates a streamed event of about 240 bytes with `usage: null`, as OpenAI sends it to a client that asks for usage. */
export const createEvent = (microseconds: number): string =>
  sse({ delta: { content: `${stamp(microseconds)} some words` }, logprobs: null, finish_reason: null })

/** The end of a stream: the finish reason, the usage and `[DONE]`. */
export const streamEnd =
  sse({ delta: {}, logprobs: null, finish_reason: 'stop' }) +
  `data: ${JSON.stringify({ ...identity, object: 'chat.completion.chunk', choices: [], usage })}\n\n` +
  'data: [DONE]\n\n'

function sse(choice: object): string {
  const choices = [{ index: 0, ...choice }]
  return `data: ${JSON.stringify({ ...identity, object: 'chat.completion.chunk', choices, usage: null })}\n\n`
}
