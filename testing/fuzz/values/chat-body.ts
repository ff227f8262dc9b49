import * as fc from 'fast-check'
import { json, number, text } from './json.ts'

/** Draws mostly a good value, and sometimes any JSON value. */
const mostly = <Value>(good: fc.Arbitrary<Value>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 8, arbitrary: good }, { weight: 1, arbitrary: json })

const part = fc.record(
  { type: fc.constantFrom('text', 'image_url', 'input_audio'), text: mostly(text) },
  { requiredKeys: [] },
)

const message = fc.record(
  {
    role: mostly(fc.constantFrom('system', 'user', 'assistant', 'tool', 'developer')),
    content: mostly(fc.oneof(text, fc.array(part, { maxLength: 3 }))),
    name: mostly(text),
    tool_calls: json,
  },
  { requiredKeys: ['role'] },
)

/** Fields of the OpenAI API that the gateway reads, with values of any kind. */
const knownFields = {
  stream: mostly(fc.boolean()),
  stream_options: mostly(fc.record({ include_usage: mostly(fc.boolean()) })),
  n: mostly(fc.integer({ min: 1, max: 3 })),
  best_of: mostly(fc.integer({ min: 1, max: 3 })),
  max_tokens: mostly(number),
  max_completion_tokens: mostly(number),
  user: json,
  safety_identifier: json,
  metadata: json,
  tools: json,
  api_key: json,
  api_base: json,
} as const

const modelName = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('m', 'priced', 'chat') },
  { weight: 1, arbitrary: json },
)

const withUnknown = (fields: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc.tuple(fields, fc.dictionary(text, json, { maxKeys: 3 })).map(([known, unknown]) => ({ ...unknown, ...known }))

/** Bodies similar to a chat request, most of them with an odd value. */
export const chatBody: fc.Arbitrary<object> = withUnknown(
  fc.record(
    { model: modelName, messages: mostly(fc.array(message, { maxLength: 4 })), ...knownFields },
    { requiredKeys: ['model', 'messages'] },
  ),
)

const prompt = fc.oneof(
  text,
  fc.array(text, { maxLength: 3 }),
  fc.array(fc.nat(100_000), { maxLength: 5 }),
  fc.array(fc.array(fc.nat(100_000), { maxLength: 3 }), { maxLength: 2 }),
)

/** The same for text completions. */
export const completionBody: fc.Arbitrary<object> = withUnknown(
  fc.record(
    { model: modelName, prompt: mostly(prompt), echo: json, suffix: json, logprobs: json, ...knownFields },
    { requiredKeys: ['model', 'prompt'] },
  ),
)
