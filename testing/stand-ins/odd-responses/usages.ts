import { json } from '../provider.ts'
import { delta, message, type OddResponse, said, saidMessage, saidPieces, stop, toStream } from './odd-response.ts'

/** A response that states its usage by these fields, beside its choices. */
const counted = (title: string, fields: object, usage: readonly [number, number, number, number?]): OddResponse => {
  const { usage: _, ...document } = message(saidMessage) as { usage: unknown }
  return {
    title,
    stream: toStream(...saidPieces, { ...delta({}, 'stop'), ...fields }),
    whole: json({ ...document, ...fields }),
    reads: { text: said, usage },
  }
}

/** Odd statements of usage. */
export const usageResponses: readonly OddResponse[] = [
  counted(
    'usage of a list with one item',
    { usage: [{ prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }] },
    [7, 5, 12],
  ),
  counted(
    'usage of a list, one item a model (DashScope applications)',
    {
      usage: {
        models: [
          { model_id: 'a', input_tokens: 4, output_tokens: 2 },
          { model_id: 'b', input_tokens: 3, output_tokens: 3 },
        ],
      },
    },
    [7, 5, 12],
  ),
  counted('usage as JSON text', { usage: '{"prompt_tokens":7,"completion_tokens":5}' }, [7, 5, 12]),
  counted('usage as digits', { usage: { prompt_tokens: '7', completion_tokens: '5', total_tokens: '12' } }, [7, 5, 12]),
  counted(
    'usage with fractions that are none',
    { usage: { prompt_tokens: '7.0', completion_tokens: 5.0, total_tokens: 12 } },
    [7, 5, 12],
  ),
  counted(
    'usage in camel case (Bedrock, Converse)',
    { usage: { inputTokens: 4, outputTokens: 5, totalTokens: 12, cacheReadInputTokens: 2, cacheWriteInputTokens: 1 } },
    [7, 5, 12, 2],
  ),
  counted(
    'usage with Anthropic’s names',
    { usage: { input_tokens: 4, cache_read_input_tokens: 2, cache_creation_input_tokens: 1, output_tokens: 5 } },
    [7, 5, 12, 2],
  ),
  counted(
    'usage with Gemini’s names',
    {
      usageMetadata: {
        promptTokenCount: 7,
        candidatesTokenCount: 3,
        thoughtsTokenCount: 2,
        totalTokenCount: 12,
        cachedContentTokenCount: 2,
      },
    },
    [7, 5, 12, 2],
  ),
  counted(
    'usage with Gemini’s names, in `usage`',
    { usage: { promptTokenCount: 7, candidatesTokenCount: 5, totalTokenCount: 12 } },
    [7, 5, 12],
  ),
  counted(
    'usage with Gemini’s names, after tools',
    {
      usage_metadata: {
        prompt_token_count: 4,
        tool_use_prompt_token_count: 3,
        candidates_token_count: 5,
        total_token_count: 12,
      },
    },
    [7, 5, 12],
  ),
  counted(
    'usage with Ollama’s names',
    { prompt_eval_count: 7, eval_count: 5, done: true, total_duration: 99 },
    [7, 5, 12],
  ),
  counted('usage with Ollama’s names, in `usage`', { usage: { prompt_eval_count: 7, eval_count: 5 } }, [7, 5, 12]),
  counted(
    'usage with Cohere’s names',
    { usage: { billed_units: { input_tokens: 7, output_tokens: 5 }, tokens: { input_tokens: 71, output_tokens: 5 } } },
    [7, 5, 12],
  ),
  counted(
    'usage with Cohere’s names, in `meta`',
    { meta: { billed_units: { input_tokens: 7, output_tokens: 5 }, tokens: { input_tokens: 71, output_tokens: 5 } } },
    [7, 5, 12],
  ),
  counted(
    'usage of DashScope',
    {
      usage: {
        input_tokens: 7,
        output_tokens: 5,
        total_tokens: 12,
        prompt_tokens_details: { cached_tokens: 2 },
        output_tokens_details: { reasoning_tokens: 1 },
      },
    },
    [7, 5, 12, 2],
  ),
  counted(
    'usage with the hits of a cache (DeepSeek)',
    {
      usage: {
        prompt_tokens: 7,
        completion_tokens: 5,
        total_tokens: 12,
        prompt_cache_hit_tokens: 2,
        prompt_cache_miss_tokens: 5,
      },
    },
    [7, 5, 12, 2],
  ),
  counted(
    'usage of the Responses API',
    {
      usage: {
        input_tokens: 7,
        input_tokens_details: { cached_tokens: 2 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 1 },
        total_tokens: 12,
      },
    },
    [7, 5, 12, 2],
  ),
  counted(
    'usage of Spark',
    { usage: { text: { question_tokens: 4, prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } } },
    [7, 5, 12],
  ),
  counted(
    'details that are null',
    {
      usage: {
        prompt_tokens: 7,
        completion_tokens: 5,
        total_tokens: 12,
        prompt_tokens_details: null,
        completion_tokens_details: null,
      },
    },
    [7, 5, 12],
  ),
  {
    title: 'usage so far in each chunk (vLLM)',
    stream: toStream(
      ...saidPieces.map((chunk, at) => ({
        ...chunk,
        usage: { prompt_tokens: 7, completion_tokens: at, total_tokens: 7 + at },
      })),
      { ...stop, usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } },
    ),
    reads: { text: said, usage: [7, 5, 12] },
  },
]
