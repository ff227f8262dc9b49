import { json, sse } from '../provider.ts'
import {
  asBoth,
  delta,
  inBoth,
  message,
  type OddResponse,
  said,
  saidMessage,
  saidPieces,
  stop,
  toChunk,
  toDocument,
  toEvent,
  toStream,
  usage,
} from './odd-response.ts'

const text = { text: said }
const choice = { index: 0, delta: { content: said }, finish_reason: null }
const last = { index: 0, delta: {}, finish_reason: 'stop' }
const whole = { index: 0, message: saidMessage, finish_reason: 'stop' }

/** Responses with these names in place of the usual ones. */
const named = (title: string, names: object): OddResponse => ({
  title,
  ...inBoth(
    [...saidPieces, stop].map((chunk) => ({ ...chunk, ...names })),
    { ...message(saidMessage), ...names },
  ),
  reads: text,
})

/** Responses whose end has this reason. */
const ended = (reason: unknown, reads: OddResponse['reads'] = text): OddResponse => ({
  title: `the reason ${JSON.stringify(reason)}`,
  ...inBoth([...saidPieces, delta({}, reason)], message(saidMessage, reason)),
  reads,
})

/** Responses with these fields in each delta, or in the message. */
const beside = (title: string, fields: object): OddResponse => ({
  title,
  ...inBoth(
    [...saidPieces.map((_, at) => delta({ content: [...said][at], ...fields })), delta(fields, 'stop')],
    message({ ...saidMessage, ...fields }),
  ),
  reads: text,
})

/** Odd choices, messages, names and reasons. */
export const choiceResponses: readonly OddResponse[] = [
  {
    title: 'choices as a map',
    ...inBoth(
      [toChunk({ choices: { 0: choice } }), toChunk({ choices: { 0: last } })],
      toDocument({ choices: { 0: whole } }),
    ),
    reads: text,
  },
  {
    title: 'one choice in place of a list',
    ...inBoth([toChunk({ choices: choice }), toChunk({ choices: last })], toDocument({ choices: whole })),
    reads: text,
  },
  {
    title: 'choices as JSON text',
    ...inBoth(
      [toChunk({ choices: JSON.stringify([choice]) }), toChunk({ choices: JSON.stringify([last]) })],
      toDocument({ choices: JSON.stringify([whole]) }),
    ),
    reads: text,
  },
  {
    title: 'chunks without choices between others (pydantic-ai #5165)',
    stream: toStream(toChunk({ choices: null }), ...saidPieces, toChunk({ choices: null }), toChunk({}), stop),
    reads: text,
  },
  {
    title: 'the response in `provider` (OpenRouter: pydantic-ai #3994)',
    ...inBoth(
      [...saidPieces, stop].map((chunk) => ({ id: null, choices: null, provider: chunk })),
      { id: null, choices: null, model: null, object: null, provider: message(saidMessage) },
    ),
    reads: text,
  },
  {
    title: 'the response in `data`, beside a code',
    ...inBoth(
      [...saidPieces, stop].map((chunk) => ({ code: 0, msg: 'success', data: chunk })),
      { code: 200, message: 'OK', success: true, data: message(saidMessage) },
    ),
    reads: text,
  },
  { title: 'the response in a list', ...asBoth(json(`[${JSON.stringify(message(saidMessage))}]`)), reads: text },
  { title: 'chunks in a list', ...asBoth(json(JSON.stringify([...saidPieces, stop]))), reads: text },
  {
    title: 'chunks in a list that is written line by line (Gemini)',
    ...asBoth(json(`[${[...saidPieces, stop].map((chunk) => JSON.stringify(chunk, null, 2)).join('\n,\r\n')}\n]`)),
    reads: text,
  },
  {
    title: 'chunks in lists, one an event',
    stream: sse(...[...saidPieces, stop].map((chunk) => toEvent(`[${JSON.stringify(chunk)}]`)), toEvent('[DONE]')),
    reads: text,
  },
  {
    title: 'names in upper camel case (Hunyuan)',
    ...inBoth(
      [
        ...saidPieces.map((_, at) => ({
          Id: 'c',
          Choices: [{ Index: 0, Delta: { Role: 'assistant', Content: [...said][at] }, FinishReason: '' }],
        })),
        {
          Choices: [{ Index: 0, Delta: { Content: '' }, FinishReason: 'stop' }],
          Usage: { PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12 },
        },
      ],
      {
        Id: 'c',
        Choices: [{ Message: { Role: 'assistant', Content: said }, FinishReason: 'stop' }],
        Usage: { PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12 },
      },
    ),
    reads: { ...text, usage: [7, 5, 12] },
  },
  {
    title: 'delta null at the end (Azure: agent-framework #5734)',
    stream: toStream(...saidPieces, delta(null, 'stop')),
    reads: text,
  },
  { title: 'delta as an empty list', stream: toStream(delta([]), ...saidPieces, delta([], 'stop')), reads: text },
  {
    title: 'delta as a text',
    stream: toStream(...[...said].map((piece) => delta(piece)), delta('', 'stop')),
    reads: text,
  },
  {
    title: 'no delta at all',
    stream: toStream(
      toChunk({ choices: [{ index: 0 }] }),
      ...saidPieces,
      toChunk({ choices: [{ index: 0, finish_reason: 'stop' }] }),
    ),
    reads: text,
  },
  {
    title: 'an empty message beside each delta (ModelScope)',
    stream: toStream(
      ...[...said].map((content) =>
        toChunk({
          choices: [
            {
              index: 0,
              delta: { content, reasoning_content: '' },
              message: { content: '', reasoning_content: '' },
              finish_reason: null,
            },
          ],
        }),
      ),
      toChunk({ choices: [{ index: 0, delta: { content: '' }, message: { content: '' }, finish_reason: 'stop' }] }),
    ),
    reads: text,
  },
  {
    title: 'the message so far beside each delta (Perplexity)',
    stream: toStream(
      ...[...said].map((content, at) =>
        toChunk({
          object: 'chat.completion',
          choices: [
            {
              index: 0,
              delta: { role: 'assistant', content },
              message: { role: 'assistant', content: [...said].slice(0, at + 1).join('') },
              finish_reason: null,
            },
          ],
        }),
      ),
      toChunk({
        object: 'chat.completion',
        choices: [{ index: 0, delta: { content: '' }, message: saidMessage, finish_reason: 'stop' }],
      }),
    ),
    reads: text,
  },
  {
    title: 'the text so far in messages (DashScope)',
    stream: toStream(
      ...[...said].map((_, at) => ({
        output: {
          choices: [
            { message: { role: 'assistant', content: [...said].slice(0, at + 1).join('') }, finish_reason: 'null' },
          ],
        },
        usage: { input_tokens: 7, output_tokens: at },
      })),
      {
        output: { choices: [{ message: saidMessage, finish_reason: 'stop' }] },
        usage: { input_tokens: 7, output_tokens: 5 },
      },
    ),
    reads: { ...text, usage: [7, 5, 12] },
  },
  {
    title: 'content that is a list with null',
    ...inBoth(
      [delta({ content: [null] }), delta({ content: [null, { type: 'text', text: said }] }), stop],
      message({ content: [null, { type: 'text', text: said }] }),
    ),
    reads: text,
  },
  {
    title: 'content that is an object',
    ...inBoth([delta({ content: { text: said } }), stop], message({ content: { type: 'text', text: said } })),
    reads: text,
  },
  {
    title: 'content that is false or a number',
    ...inBoth([delta({ content: false }), delta({ content: 42 }), stop], message({ content: 42 })),
    reads: { text: '42' },
  },
  {
    title: 'content in `text`',
    ...inBoth(
      [
        ...[...said].map((piece) => toChunk({ choices: [{ index: 0, text: piece, finish_reason: null }] })),
        toChunk({ choices: [{ index: 0, text: '', finish_reason: 'stop' }] }),
      ],
      toDocument({ choices: [{ index: 0, text: said, finish_reason: 'stop' }] }),
    ),
    reads: text,
  },
  {
    title: 'a thought in tags of its own field',
    ...inBoth(
      [delta({ reasoning_content: '想' }), delta({ reasoning_content: null, content: said }), stop],
      message({ ...saidMessage, reasoning_content: '想' }),
    ),
    reads: { ...text, thought: '想' },
  },
  beside('the role `ai` in each delta', { role: 'ai' }),
  beside('the role in upper case', { role: 'ASSISTANT' }),
  beside('the role `tool`', { role: 'tool' }),
  beside('empty fields of every kind', {
    refusal: '',
    audio: null,
    annotations: null,
    reasoning_content: '',
    tool_calls: null,
    function_call: null,
    name: null,
  }),
  beside('fields of other types', { refusal: {}, audio: [], annotations: {}, reasoning: [], images: null }),
  beside('audio that is a text', { audio: '' }),
  named('a number for the id, the time as a text, no model', { id: 12345, created: '1776821735', model: null }),
  named('an empty id, the time with a fraction', { id: '', created: 1776821735.5, model: '' }),
  named('the time in milliseconds (mistral.rs #1805, anything-llm #2920)', { created: 1776821735123 }),
  named('the time as ISO 8601', { created: '2026-11-29T08:00:00Z' }),
  named('the time below zero', { created: -1 }),
  named('another object', { object: 'text_completion' }),
  named('no object', { object: null }),
  named('an object of chunks in documents, and of documents in chunks', { object: 'chat.completion' }),
  named('usage null', { usage: null }),
  named('usage that is empty', { usage: {} }),
  named('codes of success beside choices', { code: 0, msg: 'success', error: null, success: true, status: 200 }),
  named('an empty error', { error: { code: '', message: '' } }),
  named('fields of other types at the top', {
    system_fingerprint: 7,
    service_tier: {},
    metadata: null,
    moderation: null,
  }),
  ended('eos_token'),
  ended('FINISH'),
  ended('STOP'),
  ended('stop_sequence'),
  ended('end'),
  ended('COMPLETE'),
  ended('<|im_end|>'),
  ended({ type: 'stop', matched: 128009 }),
  ended(['stop']),
  ended(true),
  ended(1),
  ended('max_output_tokens', { ...text, reason: 'length' }),
  ended('MAX_TOKENS', { ...text, reason: 'length' }),
  ended({ type: 'length', length: 5 }, { ...text, reason: 'length' }),
  ended('SAFETY', { ...text, reason: 'content_filter' }),
  ended(''),
  ended('null'),
  ended('None'),
  ended(undefined),
  {
    title: 'reasons that mean not yet, in each chunk',
    stream: toStream(
      ...['', 'null', 'None', 'not_finished', false, 0, 'FINISH_REASON_UNSPECIFIED'].map((reason, at) =>
        delta({ content: [...said].slice(at, at === 6 ? undefined : at + 1).join('') }, reason),
      ),
      stop,
    ),
    reads: text,
  },
  {
    title: 'the reason in each chunk',
    stream: toStream(...[...said].map((content) => delta({ content }, 'stop'))),
    reads: text,
  },
  {
    title: 'a filter result before and after the text (Azure)',
    stream: toStream(
      toChunk({ id: '', model: '', created: 0, object: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] }),
      ...saidPieces,
      stop,
      toChunk({ choices: [{ index: 0, finish_reason: null, content_filter_offsets: {}, content_filter_results: {} }] }),
    ),
    reads: text,
  },
  {
    title: 'an empty chunk with usage after the end (OpenRouter)',
    stream: toStream(': OPENROUTER PROCESSING', ...saidPieces, stop, {
      ...delta({ role: 'assistant', content: '' }),
      usage,
    }),
    reads: { ...text, usage: [7, 5, 12] },
  },
  {
    title: 'indexes that count the chunks',
    stream: toStream(
      ...[...said].map((content, index) => toChunk({ choices: [{ index, delta: { content }, finish_reason: null }] })),
      toChunk({ choices: [{ index: said.length, delta: {}, finish_reason: 'stop' }] }),
    ),
    reads: text,
  },
  {
    title: 'indexes that are null, text or from 1',
    ...inBoth(
      [null, '0', 1, -1].map((index, at) =>
        toChunk({
          choices: [{ index, delta: { content: at === 0 ? said : '' }, finish_reason: at === 3 ? 'stop' : null }],
        }),
      ),
      toDocument({ choices: [{ index: 1, message: saidMessage, finish_reason: 'stop' }] }),
    ),
    reads: text,
  },
  ...[null, {}, [], '', { content: null }, { content: {} }].map((logprobs) => ({
    title: `log probabilities ${JSON.stringify(logprobs)}`,
    ...inBoth(
      [toChunk({ choices: [{ ...choice, logprobs }] }), toChunk({ choices: [{ ...last, logprobs }] })],
      toDocument({ choices: [{ ...whole, logprobs }] }),
    ),
    reads: text,
  })),
  {
    title: 'halves of an emoji in two chunks',
    stream: toStream(
      ...['👋', 'a👋'].flatMap((pair) => [delta({ content: pair.slice(0, -1) }), delta({ content: pair.slice(-1) })]),
      stop,
    ),
    reads: { text: '👋a👋' },
  },
  {
    title: 'half an emoji alone (hermes-agent #80366)',
    ...inBoth(
      [delta({ content: 'a\ud83d' }), delta({ content: 'b' }), delta({ content: '\udc4b' }), stop],
      message({ content: 'a\ud83db\udc4b' }),
    ),
    reads: { text: 'a\ufffdb\ufffd' },
  },
  {
    title: 'half an emoji at the end',
    ...inBoth([delta({ content: 'a' }), delta({ content: 'b\ud83d' }), stop], message({ content: 'ab\ud83d' })),
    reads: { text: 'ab\ufffd' },
  },
]
