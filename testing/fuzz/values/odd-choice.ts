import * as fc from 'fast-check'
import { json } from './json.ts'

/** Choices in the shapes that real providers send in place of OpenAI's, mixed. */

const word = fc.constantFrom('a', ' b', '你好', '"', '\\', '\n', '{', '')

const part = fc.oneof(
  word.map((text) => ({ type: 'text', text })),
  word.map((text) => ({ type: 'thinking', thinking: [{ type: 'text', text }] })),
  word.map((thinking) => ({ type: 'thinking', thinking })),
  word.map((refusal) => ({ type: 'refusal', refusal })),
  fc.constantFrom(
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
    { type: 'reference' },
    null,
    'x',
  ),
)

const content = fc.oneof(word, word, fc.constant(null), fc.array(part, { maxLength: 3 }), part, json)

const callArguments = fc.constantFrom<unknown>(
  '',
  '{',
  '{"a"',
  ':1}',
  '{"a":1}',
  '{}',
  '}',
  null,
  undefined,
  { a: 1 },
  7,
)

const callName = fc.constantFrom<unknown>('f', 'g', 'get_', 'time', '', null, undefined, 3)

const called = fc.record({ name: callName, arguments: callArguments }, { requiredKeys: [] })

const piece = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record(
      {
        index: fc.constantFrom<unknown>(0, 0, 1, 2, 7, '1', -1, null),
        id: fc.constantFrom<unknown>('x', 'y', 'z', '', null, 5),
        type: fc.constantFrom<unknown>('function', '', null),
        function: called,
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: called },
  { weight: 1, arbitrary: json },
)

const toolCalls = fc.oneof({ weight: 6, arbitrary: fc.array(piece, { maxLength: 3 }) }, piece, fc.constant(null))

const message = fc.record(
  {
    role: fc.constantFrom<unknown>('assistant', 'assistant', 'model', '', null),
    content,
    reasoning_content: content,
    reasoning: content,
    reasoning_details: fc.array(part, { maxLength: 2 }),
    refusal: content,
    tool_calls: toolCalls,
    function_call: fc.oneof(called, fc.constant(null)),
    audio: json,
    annotations: json,
  },
  { requiredKeys: [] },
)

const reason = fc.constantFrom<unknown>(
  null,
  null,
  null,
  null,
  '',
  'stop',
  'stop',
  'length',
  'tool_calls',
  'end_turn',
  'SAFETY',
  'error',
  1,
)

/** A choice, of a chunk or of a whole response. */
export const oddChoice: fc.Arbitrary<object> = fc.record(
  {
    index: fc.constantFrom<unknown>(0, 0, 0, 1, '0', null, -1),
    delta: fc.oneof({ weight: 5, arbitrary: message }, fc.constant(null)),
    message: fc.oneof({ weight: 1, arbitrary: message }, { weight: 4, arbitrary: fc.constant(undefined) }),
    text: fc.oneof({ weight: 1, arbitrary: content }, { weight: 4, arbitrary: fc.constant(undefined) }),
    finish_reason: reason,
    logprobs: fc.oneof(fc.constant(null), json),
  },
  { requiredKeys: [] },
)

/** A chunk or a whole response with such choices. */
export const oddResponse: fc.Arbitrary<object> = fc.record(
  {
    id: fc.constantFrom<unknown>('c', '', null, 4),
    object: fc.constantFrom<unknown>('chat.completion.chunk', 'chat.completion', 'x', null),
    created: fc.constantFrom<unknown>(1, '1', null),
    model: fc.constantFrom<unknown>('m', '', null),
    choices: fc.array(fc.oneof({ weight: 9, arbitrary: oddChoice }, json), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['choices'] },
)
