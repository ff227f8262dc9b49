import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type OpenAI from 'openai'
import { readAsClient } from '../../../testing/rig/read-as-client.ts'
import { json, type Script, type ScriptedProvider, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { caller, routeTo } from '../../support/call-provider.ts'
import { findTypeProblems, type TypedReply } from '../../support/openai-types.ts'
import { readStream, type StreamEvent } from '../../support/read-stream.ts'

/** What providers send in place of OpenAI's form. A client reads the same from the stream, from the whole response that
 *  is made of the stream, and from a document; and all of it has the types of the `openai` package. */

let provider: ScriptedProvider
let script: Script
const typed: TypedReply[] = []

beforeAll(async () => {
  provider = await scriptedProvider(() => script)
})

afterAll(() => provider.close())

const call = caller()
const names = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' }

const toEvent = (fields: object): string => `data: ${JSON.stringify({ ...names, ...fields })}\n\n`

/** Streams chunks to a client, and joins them for another one. */
const readStreamed = async (chunks: readonly object[], body: object = {}) => {
  script = sse(...chunks.map(toEvent), 'data: [DONE]\n\n')
  const streamed = await call(routeTo(provider.url), { ...body, stream: true })
  const whole = JSON.parse((await call(routeTo(provider.url), body)).body)
  const { events } = readStream(streamed.body)
  for (const value of events.map(withContent))
    typed.push({ name: JSON.stringify(chunks), type: 'OpenAI.ChatCompletionChunk', value })
  typed.push({ name: JSON.stringify(chunks), type: 'OpenAI.ChatCompletion', value: whole })
  return { streamed: joinThoughts(await readAsClient(streamed.body), events), whole, events }
}

/** The compiler takes no delta that has unknown fields only. */
const withContent = (event: StreamEvent): object => ({
  ...event,
  choices: event.choices?.map((choice) => ({ ...choice, delta: { content: null, ...choice.delta } })),
})

/** The client's helper keeps the last piece of a field that it does not know. */
const joinThoughts = (read: OpenAI.ChatCompletion, events: readonly StreamEvent[]): OpenAI.ChatCompletion => {
  const deltas = events.flatMap((event) => event.choices?.map((choice) => choice.delta) ?? [])
  const thought = deltas.map((fields) => (fields as { reasoning_content?: string }).reasoning_content ?? '').join('')
  if (thought !== '') Object.assign(read.choices[0]?.message ?? {}, { reasoning_content: thought })
  return read
}

const readDocument = async (choice: object) => {
  script = json({ ...names, object: 'chat.completion', choices: [choice] })
  const whole = JSON.parse((await call(routeTo(provider.url), {})).body)
  typed.push({ name: JSON.stringify(choice), type: 'OpenAI.ChatCompletion', value: whole })
  return whole.choices[0]
}

const choices = (...given: object[]): object => ({ choices: given })
const delta = (fields: object, reason: unknown = null): object =>
  choices({ index: 0, delta: fields, finish_reason: reason })
const stop = delta({}, 'stop')
const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }
const part = { type: 'text', text: 'yes' }
const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }
const called = { name: 'f', arguments: '{"a":1}' }

const messages: readonly (readonly [title: string, chunks: readonly object[], message: object])[] = [
  [
    'the role in each delta (Zhipu)',
    [delta({ role: 'assistant', content: 'a' }), delta({ role: 'assistant', content: 'b' }), stop],
    { content: 'ab' },
  ],
  [
    'an empty role (StepFun)',
    [delta({ role: 'assistant', content: 'a' }), delta({ role: '', content: 'b' }), stop],
    { content: 'ab' },
  ],
  ['a role of its own', [delta({ role: 'model', content: 'a' }), delta({ role: null }), stop], { content: 'a' }],
  [
    'a role that comes late',
    [delta({ content: 'a' }), delta({ role: 'assistant', content: 'b' }), stop],
    { content: 'ab' },
  ],
  [
    'thought and text in parts (Mistral)',
    [delta({ content: [thinking] }), delta({ content: [part] }), stop],
    { content: 'yes', reasoning_content: 'hm' },
  ],
  ['parts that are strings', [delta({ content: ['y', 'es'] }), stop], { content: 'yes' }],
  ['one part, not a list', [delta({ content: part }), stop], { content: 'yes' }],
  ['a text in place of a delta', [choices({ index: 0, delta: 'yes', finish_reason: null }), stop], { content: 'yes' }],
  [
    'a text in place of a message',
    [choices({ index: 0, message: 'yes', finish_reason: null }), stop],
    { content: 'yes' },
  ],
  ['a number for text', [delta({ content: 7 }), stop], { content: '7' }],
  [
    'a refusal in parts',
    [delta({ content: [{ type: 'refusal', refusal: 'no' }] }), stop],
    { content: null, refusal: 'no' },
  ],
  ['pictures in parts', [delta({ content: [part, picture] }), stop], { content: 'yes', images: [picture] }],
  [
    'parts of no known kind',
    [delta({ content: [{ type: 'reference', reference_ids: [1] }] }), stop],
    { content_parts: [{ type: 'reference', reference_ids: [1] }] },
  ],
  [
    'a thought as `reasoning`',
    [delta({ reasoning: 'h' }), delta({ reasoning: 'm' }), delta({ content: 'yes' }), stop],
    { content: 'yes', reasoning_content: 'hm' },
  ],
  ['a thought as `thinking`', [delta({ thinking: 'hm' }), stop], { reasoning_content: 'hm' }],
  [
    'a thought in details (OpenRouter)',
    [delta({ reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }), stop],
    { reasoning_content: 'hm' },
  ],
  ['a thought in parts', [delta({ reasoning_content: [thinking] }), stop], { reasoning_content: 'hm' }],
  [
    'a thought under two names',
    [delta({ reasoning: 'hm', reasoning_content: 'hm' }), stop],
    { reasoning_content: 'hm' },
  ],
  [
    'null for text beside a thought',
    [delta({ content: null, reasoning_content: 'hm' }), delta({ content: 'yes', reasoning_content: null }), stop],
    { content: 'yes', reasoning_content: 'hm' },
  ],
  [
    'messages in place of deltas',
    [
      choices({ index: 0, message: { role: 'assistant', content: 'a' } }),
      choices({ index: 0, message: { content: 'b' } }),
      choices({ index: 0, message: { content: 'c' }, finish_reason: 'stop' }),
    ],
    { content: 'abc' },
  ],
  [
    'messages that grow',
    [
      choices({ index: 0, message: { content: 'a' } }),
      choices({ index: 0, message: { content: 'ab' } }),
      choices({ index: 0, message: { content: 'ab' }, finish_reason: 'stop' }),
    ],
    { content: 'ab' },
  ],
  [
    'a message at the end that repeats all (MiniMax)',
    [
      delta({ reasoning_content: 'hm' }),
      delta({ content: 'a' }),
      delta({ content: 'b' }),
      {
        object: 'chat.completion',
        ...choices({ index: 0, message: { reasoning_content: 'hm', content: 'ab' }, finish_reason: 'stop' }),
      },
    ],
    { content: 'ab', reasoning_content: 'hm' },
  ],
  [
    'a message at the end with more',
    [
      delta({ content: 'a' }),
      {
        object: 'chat.completion',
        ...choices({
          index: 0,
          message: { content: 'abc', tool_calls: [{ id: 'x', type: 'function', function: called }] },
          finish_reason: 'tool_calls',
        }),
      },
    ],
    { content: 'abc', tool_calls: [{ id: 'x', type: 'function', function: called }] },
  ],
  [
    'a message that repeats the tool calls',
    [
      delta({ tool_calls: [{ index: 0, id: 'x', type: 'function', function: called }] }),
      {
        object: 'chat.completion',
        ...choices({
          index: 0,
          message: { content: null, tool_calls: [{ id: 'x', type: 'function', function: called }] },
          finish_reason: 'tool_calls',
        }),
      },
    ],
    { tool_calls: [{ id: 'x', type: 'function', function: called }] },
  ],
  [
    'a delta beside a message',
    [choices({ index: 0, delta: { content: 'a' }, message: { content: 'ab' } }), stop],
    { content: 'ab' },
  ],
  [
    '`message: null` beside a delta',
    [choices({ index: 0, delta: { content: 'a' }, message: null }), stop],
    { content: 'a' },
  ],
  [
    '`text` in place of a delta',
    [choices({ index: 0, text: 'a' }), choices({ index: 0, text: 'b', finish_reason: 'stop' })],
    { content: 'ab' },
  ],
  [
    'a whole response as one event',
    [
      {
        object: 'chat.completion',
        ...choices({ index: 0, message: { role: 'assistant', content: 'a' }, finish_reason: 'stop' }),
      },
    ],
    { content: 'a' },
  ],
  [
    'content beside the delta',
    [choices({ index: 0, content: 'a', delta: {} }), choices({ index: 0, content: 'b', finish_reason: 'stop' })],
    { content: 'ab' },
  ],
  [
    'a thought beside the delta',
    [choices({ index: 0, delta: { content: '' }, reasoning_content: 'hm' }), delta({ content: 'yes' }), stop],
    { content: 'yes', reasoning_content: 'hm' },
  ],
  [
    'tool calls beside the delta',
    [choices({ index: 0, delta: {}, tool_calls: [{ index: 0, id: 'x', type: 'function', function: called }] }), stop],
    { tool_calls: [{ id: 'x', type: 'function', function: called }] },
  ],
  ['a thought as `thought`', [delta({ thought: 'hm' }), stop], { reasoning_content: 'hm' }],
  [
    'a thought in blocks (LiteLLM)',
    [delta({ thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 's' }] }), delta({ content: 'a' }), stop],
    { content: 'a', reasoning_content: 'hm' },
  ],
  [
    'a part that is marked as a thought (Gemini)',
    [delta({ content: [{ text: 'hm', thought: true }, part] }), stop],
    { content: 'yes', reasoning_content: 'hm' },
  ],
  ['a mark in place of a thought', [delta({ content: 'a', thought: true }), stop], { content: 'a' }],
  [
    'an index that counts the chunks',
    [
      choices({ index: 0, delta: { content: 'a' } }),
      choices({ index: 1, delta: { content: 'b' } }),
      choices({ index: 2, delta: {}, finish_reason: 'stop' }),
    ],
    { content: 'ab' },
  ],
  [
    'a choice without index',
    [choices({ delta: { content: 'a' } }), choices({ delta: { content: 'b' }, finish_reason: 'stop' })],
    { content: 'ab' },
  ],
  ['a text for the index', [choices({ index: '0', delta: { content: 'a' } }), stop], { content: 'a' }],
  [
    'the only choice under index 1',
    [choices({ index: 1, delta: { content: 'a' } }), choices({ index: 1, delta: {}, finish_reason: 'stop' })],
    { content: 'a' },
  ],
  [
    'choices that are none',
    [choices(null as never, 'x' as never, { index: 0, delta: { content: 'a' } }), stop],
    { content: 'a' },
  ],
  ['no delta', [delta({ content: 'a' }), choices({ index: 0, finish_reason: 'stop' })], { content: 'a' }],
  [
    'an empty reason until the end',
    [
      delta({ content: 'a' }, ''),
      delta({ content: 'b' }, 'null'),
      choices({ index: 0, delta: { content: 'c' } }),
      stop,
    ],
    { content: 'abc' },
  ],
  [
    'the reason in each chunk',
    [delta({ content: 'a' }, 'stop'), delta({ content: 'b' }, 'stop'), delta({}, 'stop')],
    { content: 'ab' },
  ],
  ['no reason at all', [delta({ content: 'a' })], { content: 'a' }],
  [
    'a function called in the old way',
    [
      delta({ function_call: { name: 'f' } }),
      delta({ function_call: { arguments: '{"a"' } }),
      delta({ function_call: { name: '', arguments: ':1}' } }),
      delta({}, 'function_call'),
    ],
    { function_call: called },
  ],
  [
    'a function called in the old way, with an object',
    [delta({ function_call: { name: 'f', arguments: { a: 1 } } }, 'stop')],
    { function_call: called },
  ],
  [
    'an empty function call',
    [delta({ content: 'a', function_call: { name: '', arguments: '' } }), delta({ function_call: null }), stop],
    { content: 'a' },
  ],
  [
    'a function call that repeats a tool call',
    [delta({ tool_calls: [{ index: 0, id: 'x', function: called }], function_call: called }, 'stop')],
    { tool_calls: [{ id: 'x', type: 'function', function: called }] },
  ],
  [
    'fields of wrong types',
    [
      delta({ content: 'a', refusal: 1, audio: 'x', annotations: {}, tool_calls: {}, function_call: 'x' }),
      { ...stop, id: 1, created: 'x', model: null, object: 'x' },
    ],
    { content: 'a' },
  ],
  ['`false` for text', [delta({ content: false }), delta({ content: 'a' }), stop], { content: 'a' }],
  ['a list of one delta', [choices({ index: 0, delta: [{ content: 'a' }] }), stop], { content: 'a' }],
  [
    'a list of one message',
    [choices({ index: 0, messages: [{ role: 'assistant', content: 'a' }], finish_reason: 'stop' })],
    { content: 'a' },
  ],
  [
    'names in camel case (servers in Java)',
    [
      delta({ reasoningContent: 'hm', content: '' }),
      delta({ content: 'yes', reasoningContent: null, toolCalls: null }),
      delta({ toolCalls: [{ index: 0, id: 'x', type: 'function', function: called }] }, 'tool_calls'),
    ],
    { content: 'yes', reasoning_content: 'hm', tool_calls: [{ id: 'x', type: 'function', function: called }] },
  ],
  ['a function called in camel case', [delta({ functionCall: called }, 'stop')], { function_call: called }],
  [
    'a thought as `thinking_content`',
    [delta({ thinking_content: 'h' }), delta({ thinking_content: 'm' }), delta({ content: 'yes' }), stop],
    { content: 'yes', reasoning_content: 'hm' },
  ],
  [
    'calls of tools as parts of the content (Anthropic, Gemini)',
    [
      delta({ content: [part] }),
      delta({ content: [{ type: 'tool_use', id: 'x', name: 'f', input: { a: 1 } }] }),
      delta({ content: [{ functionCall: { name: 'g', args: { b: 2 } } }] }, 'tool_use'),
    ],
    {
      content: 'yes',
      tool_calls: [
        { id: 'x', type: 'function', function: called },
        { type: 'function', function: { name: 'g', arguments: '{"b":2}' } },
      ],
    },
  ],
  [
    'half the log probabilities',
    [
      choices({ index: 0, delta: { content: 'a' }, logprobs: {}, finish_reason: null }),
      choices({ index: 0, delta: { content: 'b' }, logprobs: 'x', finish_reason: 'stop' }),
    ],
    { content: 'ab' },
  ],
]

/** The ordinary reason that fits a message. */
const getReason = (message: object): string => {
  if ('tool_calls' in message) return 'tool_calls'
  return 'function_call' in message ? 'function_call' : 'stop'
}

describe('a response that a provider sends with', () => {
  test.each(messages)('%s reaches clients in one form (R94)', async (_title, chunks, message) => {
    const { streamed, whole, events } = await readStreamed(chunks)
    for (const { choices: read } of [streamed, whole]) {
      expect(read).toMatchObject([
        { index: 0, message: { role: 'assistant', ...message }, finish_reason: getReason(message) },
      ])
      for (const field of ['tool_calls', 'function_call']) expect(field in read[0].message).toBe(field in message)
    }
    const given = events.flatMap((event) => event.choices ?? [])
    expect(given.filter((choice) => 'role' in (choice.delta ?? {})).length).toBe(1)
    expect(given.filter((choice) => choice.finish_reason !== null).length).toBe(1)
    expect(new Set(events.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1)
  })

  const documents: readonly (readonly [title: string, choice: object, message: object])[] = [
    ['nothing but text', { message: { content: 'a' } }, { content: 'a' }],
    [
      'null for all else',
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'a',
          refusal: null,
          annotations: null,
          audio: null,
          function_call: null,
          tool_calls: null,
        },
        finish_reason: null,
        logprobs: null,
      },
      { content: 'a' },
    ],
    [
      'empty lists (vLLM)',
      { index: 0, message: { content: 'a', tool_calls: [], reasoning_content: null }, finish_reason: 'stop' },
      { content: 'a' },
    ],
    ['a delta in place of the message', { index: 0, delta: { content: 'a' }, finish_reason: 'stop' }, { content: 'a' }],
    ['`text` in place of the message', { index: 0, text: 'a', finish_reason: 'stop' }, { content: 'a' }],
    ['no content', { index: 0, message: {}, finish_reason: 'stop' }, { content: null }],
    [
      'thought and text in parts',
      { message: { content: [thinking, part] } },
      { content: 'yes', reasoning_content: 'hm' },
    ],
    [
      'a thought as `reasoning`',
      { message: { content: 'yes', reasoning: 'hm' } },
      { content: 'yes', reasoning_content: 'hm' },
    ],
    [
      'tool calls and `stop`',
      {
        message: { content: null, tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }] },
        finish_reason: 'stop',
      },
      { tool_calls: [{ type: 'function', function: called }] },
    ],
    [
      'two calls under one id',
      {
        message: {
          tool_calls: [
            { id: 'f', function: called },
            { id: 'f', function: { name: 'f', arguments: '{"b":1}' } },
          ],
        },
      },
      { tool_calls: [{ id: 'f' }, { type: 'function' }] },
    ],
    [
      'a stub beside a call',
      { message: { tool_calls: [{ id: 'x', function: called }, { function: { name: '' } }] } },
      { tool_calls: [{ id: 'x' }] },
    ],
    [
      'a call as a part of the content',
      { message: { content: [part, { type: 'tool_use', id: 'x', name: 'f', input: { a: 1 } }] } },
      { content: 'yes', tool_calls: [{ id: 'x', type: 'function', function: called }] },
    ],
    [
      'names in camel case',
      { message: { content: null, reasoningContent: 'hm', toolCalls: [{ id: 'x', function: called }] } },
      { content: null, reasoning_content: 'hm', tool_calls: [{ id: 'x', type: 'function', function: called }] },
    ],
    [
      '`tool_calls` as the reason without any',
      { message: { content: 'a' }, finish_reason: 'tool_calls' },
      { content: 'a' },
    ],
    [
      'an empty function call',
      { message: { content: 'a', function_call: { name: '', arguments: '' } } },
      { content: 'a' },
    ],
    [
      'a custom tool',
      { message: { tool_calls: [{ id: 'x', type: 'custom', custom: { name: 'f', input: 'any {text' } }] } },
      { tool_calls: [{ id: 'x', type: 'custom', custom: { name: 'f', input: 'any {text' } }] },
    ],
    ['content beside the message', { index: 0, message: {}, content: 'a' }, { content: 'a' }],
    [
      'a thought beside the message',
      { index: 0, message: { content: 'a' }, reasoning_content: 'hm' },
      { content: 'a', reasoning_content: 'hm' },
    ],
    ['an index of its own', { index: 5, message: { content: 'a' } }, { content: 'a' }],
  ]

  test.each(documents)('%s reaches clients as one document (R94)', async (_title, choice, message) => {
    const read = await readDocument(choice)
    expect(read).toMatchObject({
      index: 0,
      message: { role: 'assistant', refusal: null, ...message },
      finish_reason: getReason(message),
    })
    expect(read.message.tool_calls?.length).toBe((message as { tool_calls?: object[] }).tool_calls?.length)
    expect('function_call' in read.message).toBe(false)
  })
})

const reasons: readonly (readonly [title: string, choice: object, beside: object, reason: string])[] = [
  ['in the delta', { delta: { finish_reason: 'length' } }, {}, 'length'],
  ['in the message', { message: { finish_reason: 'length' } }, {}, 'length'],
  ['in a list', { delta: {}, finish_reason: ['length'] }, {}, 'length'],
  ['in camel case', { delta: {}, finishReason: 'MAX_TOKENS' }, {}, 'length'],
  ['in camel case, in the delta', { delta: { finishReason: 'SAFETY' } }, {}, 'content_filter'],
  ["under Anthropic's name", { delta: {}, stop_reason: 'max_tokens' }, {}, 'length'],
  ['beside the choices', { delta: {}, finish_reason: null }, { finish_reason: 'length' }, 'length'],
  ["beside the choices, under Anthropic's name", { delta: {} }, { stop_reason: 'max_tokens' }, 'length'],
  [
    'beside the text that stopped the model (vLLM)',
    { delta: {}, finish_reason: 'stop', stop_reason: '</s>' },
    {},
    'stop',
  ],
  ['beside an empty one', { delta: { finish_reason: '' }, finish_reason: 'length' }, {}, 'length'],
]

describe('the reason for the end of a choice', () => {
  test.each(reasons)('is found in a stream and in a document: %s (R94)', async (_title, choice, beside, reason) => {
    const last = { ...choices({ index: 0, ...choice }), ...beside }
    const { streamed, whole, events } = await readStreamed([delta({ content: 'a' }), last])
    expect([streamed.choices[0]?.finish_reason, whole.choices[0].finish_reason]).toEqual([reason, reason])
    expect(events.filter((event) => event.choices?.[0]?.finish_reason).length).toBe(1)
    script = json({ ...names, ...choices({ index: 0, ...choice }), ...beside })
    const document = JSON.parse((await call(routeTo(provider.url), {})).body)
    expect(document.choices[0].finish_reason).toBe(reason)
    expect(document.choices[0].message).not.toHaveProperty('finish_reason')
  })

  test('is that of its own choice when another has ended', async () => {
    script = sse(toEvent(choices({ finish_reason: 'stop' }, { delta: { content: 'b' } })), 'data: [DONE]\n\n')
    const { events } = readStream((await call(routeTo(provider.url), { stream: true })).body)
    const ended = events.flatMap((one) => one.choices?.filter((choice) => choice.finish_reason) ?? [])
    expect(ended).toMatchObject([{ index: 0 }, { index: 1 }])
  })

  test('is found in a chunk that has no choice', async () => {
    const { streamed, whole } = await readStreamed([delta({ content: 'a' }), { choices: [], finish_reason: 'length' }])
    expect([streamed.choices[0]?.finish_reason, whole.choices[0].finish_reason]).toEqual(['length', 'length'])
  })

  test('is a failure in any of its places', async () => {
    script = sse(...[delta({ content: 'a' }), delta({ finish_reason: 'error' })].map(toEvent), 'hang')
    expect((await call(routeTo(provider.url), { stream: true })).end).toMatchObject({ error: { status: 502 } })
  })
})

test.each([
  ['[DONE] comes to a call without a name', [choices({ delta: { function_call: { arguments: '{}' } } })]],
  [
    'one choice fails in the chunk in which another ends',
    [
      choices({ index: 0, delta: { content: 'a' } }),
      choices({ index: 0, finish_reason: 'stop' }, { index: 1, finish_reason: 'error' }),
    ],
  ],
] as [string, object[]][])('ends a stream with an error if %s', async (_title, chunks) => {
  script = sse(...[delta({ content: 'a' }), ...chunks].map(toEvent), 'data: [DONE]\n\n')
  const { end } = await call(routeTo(provider.url), { stream: true })
  expect(end).toMatchObject({ outcome: 'upstream_cut', error: { status: 502 } })
})

test('keeps the choices of a stream apart, in whatever order they come', async () => {
  const one = (index: number, fields: object, reason: string | null = null): object => ({
    index,
    delta: fields,
    finish_reason: reason,
  })
  const { streamed, whole } = await readStreamed(
    [
      choices(one(1, { content: 'x' }), one(0, { content: 'a' })),
      choices(one(0, { content: 'b' }, 'stop')),
      choices(one(0, {}, 'stop'), one(1, { content: 'y' }, 'length')),
    ],
    { n: 2 },
  )
  for (const { choices: read } of [streamed, whole]) {
    const sorted = [...read].sort((a, b) => a.index - b.index)
    expect(sorted).toMatchObject([
      { index: 0, message: { content: 'ab' }, finish_reason: 'stop' },
      { index: 1, message: { content: 'xy' }, finish_reason: 'length' },
    ])
  }
})

test.each([{ content: 'hm' }, { text: 'hm', type: 'summary' }, ['hm']])(
  'reads a thought as an object, at which the Vercel AI SDK throws: %j (R94)',
  async (reasoning) => {
    const { events, whole } = await readStreamed([delta({ reasoning }), delta({ content: 'a' }), stop])
    expect(events[0]?.choices?.[0]?.delta).toEqual({ role: 'assistant', reasoning_content: 'hm' })
    expect(whole.choices[0].message).toMatchObject({ content: 'a', reasoning_content: 'hm' })
    const { message } = await readDocument({ message: { content: 'a', reasoning } })
    for (const read of [message, whole.choices[0].message]) expect(read).not.toHaveProperty('reasoning')
  },
)

describe('a response in a wrapper', () => {
  const wrap = (name: string, fields: object): object => ({ code: 0, msg: 'success', [name]: { ...names, ...fields } })

  test.each(['data', 'result', 'output', 'response'])('is taken out of it: %s (R94)', async (name) => {
    const wrapped = [delta({ content: 'a' }), delta({ content: 'b' }), stop].map((fields) => wrap(name, fields))
    script = sse(...wrapped.map((fields) => `data: ${JSON.stringify(fields)}\n\n`), 'data: [DONE]\n\n')
    const { body } = await call(routeTo(provider.url), { stream: true })
    expect(body).not.toContain('success')
    expect((await readAsClient(body)).choices[0]?.message.content).toBe('ab')
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
    script = json({ ...wrap(name, choices({ message: { content: 'ab' } })), usage })
    const whole = await call(routeTo(provider.url), {})
    expect(JSON.parse(whole.body)).toMatchObject({ choices: [{ message: { content: 'ab' } }], usage })
  })

  test('is an error if it has the code of a failure', async () => {
    script = json({ code: 500, msg: '系统繁忙', data: { choices: [] } })
    await expect(call(routeTo(provider.url), {})).rejects.toMatchObject({ status: 503 })
  })
})

test('reads events that are JSON text in JSON text, and their errors (R94)', async () => {
  const toText = (fields: object): string => `data: ${JSON.stringify(JSON.stringify(fields))}\n\n`
  script = sse(...[delta({ content: 'a' }), stop].map((fields) => toText({ ...names, ...fields })))
  const { body } = await call(routeTo(provider.url), { stream: true })
  expect((await readAsClient(body)).choices[0]?.message.content).toBe('a')
  script = sse(toText({ error: { message: '余额不足' } }))
  await expect(call(routeTo(provider.url), { stream: true })).rejects.toMatchObject({ status: 503 })
})

test.each([{}, { code: 0, message: '' }, { message: null }, '', false, 0])(
  'leaves out an error that says nothing, at which clients throw: %j',
  async (error) => {
    const { events, whole } = await readStreamed(
      [delta({ content: 'a' }), stop].map((fields) => ({ ...fields, error })),
    )
    for (const event of [...events, whole]) expect(event).not.toHaveProperty('error')
    script = json({ ...names, ...choices({ message: { content: 'a' } }), error })
    expect(JSON.parse((await call(routeTo(provider.url), {})).body)).not.toHaveProperty('error')
  },
)

describe('the reason for the end of a choice', () => {
  test.each([
    [
      'stop',
      [
        'stop',
        'end_turn',
        'eos',
        'eos_token',
        'STOP',
        'stop_sequence',
        'COMPLETE',
        'finished',
        'pause_turn',
        'OTHER',
        '停止',
        '正常结束',
        true,
      ],
    ],
    [
      'length',
      [
        'length',
        'max_tokens',
        'MAX_TOKENS',
        'max_output_tokens',
        'model_context_window_exceeded',
        'repetition_truncation',
        'ERROR_LIMIT',
        'incomplete',
        'token_limit',
        '长度',
        '超出长度限制',
        '达到上限',
      ],
    ],
    [
      'content_filter',
      [
        'content_filter',
        'sensitive',
        'SAFETY',
        'refusal',
        'RECITATION',
        'PROHIBITED_CONTENT',
        'BLOCKLIST',
        'guardrail_intervened',
        'ERROR_TOXIC',
        'IMAGE_SAFETY',
        '敏感',
        '内容违规',
        '内容审核未通过',
      ],
    ],
  ] as [string, unknown[]][])('is %s for each of the providers’ words for it', async (ours, words) => {
    for (const word of words) {
      const { streamed } = await readStreamed([delta({ content: 'a' }), delta({}, word)])
      expect([word, streamed.choices[0]?.finish_reason]).toEqual([word, ours])
      expect([word, (await readDocument({ message: { content: 'a' }, finish_reason: word })).finish_reason]).toEqual([
        word,
        ours,
      ])
    }
  })

  test.each(['in_progress', 'processing', '生成中'])(
    'does not end a choice by a word that says not yet: %s',
    async (word) => {
      const { streamed, events } = await readStreamed([
        delta({ content: 'a' }, word),
        delta({ content: 'b' }, word),
        stop,
      ])
      expect(streamed.choices[0]).toMatchObject({ message: { content: 'ab' }, finish_reason: 'stop' })
      expect(events.filter((event) => event.choices?.[0]?.finish_reason)).toHaveLength(1)
    },
  )

  test.each(['tool_use', 'TOOL_CALL', 'toolUse', 'function_call', 'end_turn'])(
    'is tool_calls after a tool call: %s',
    async (word) => {
      const { streamed } = await readStreamed([
        delta({ tool_calls: [{ index: 0, id: 'x', function: called }] }),
        delta({}, word),
      ])
      expect(streamed.choices[0]?.finish_reason).toBe('tool_calls')
    },
  )

  test.each([
    ['error', 502],
    ['insufficient_system_resource', 502],
    ['network_error', 502],
    ['abort', 502],
    ['MALFORMED_FUNCTION_CALL', 502],
    ['engine_overloaded', 503],
    ['系统错误', 502],
  ])('is a failure if the word means one: %s', async (word, status) => {
    script = sse(...[delta({ content: 'a' }), delta({}, word)].map(toEvent))
    expect((await call(routeTo(provider.url), { stream: true })).end).toMatchObject({
      outcome: 'upstream_cut',
      error: { status },
    })
    await expect(call(routeTo(provider.url), {})).rejects.toMatchObject({ status })
    script = sse(toEvent(delta({}, word)))
    await expect(call(routeTo(provider.url), { stream: true })).rejects.toMatchObject({ status })
    script = json({ ...names, ...choices({ message: { content: 'a' }, finish_reason: word }) })
    await expect(call(routeTo(provider.url), {})).rejects.toMatchObject({ status })
  })
})

describe('a completion', () => {
  const text = (fields: object): object => ({ object: 'text_completion', choices: [fields] })

  test.each([
    ['text', [text({ index: 0, text: 'a' }), text({ index: 0, text: 'b', finish_reason: 'stop' })]],
    ['chat chunks', [delta({ content: 'a' }), delta({ content: 'b' }, 'end_turn')]],
    ['messages', [choices({ index: 0, message: { content: 'ab' }, finish_reason: 'stop' })]],
    ['parts', [text({ text: [part] }), text({ text: null, finish_reason: 'eos' })]],
    ['no reason', [text({ text: 'ab' })]],
  ] as [string, object[]][])('is text, streamed and whole, if the provider sends %s', async (_title, chunks) => {
    script = sse(...chunks.map(toEvent), 'data: [DONE]\n\n')
    const { events, text: read } = readStream(
      (await call(routeTo(provider.url), { stream: true }, { operation: 'completions' })).body,
    )
    const expected = _title === 'parts' ? 'yes' : 'ab'
    expect([read, events.at(-1)?.choices?.[0]?.finish_reason]).toEqual([expected, 'stop'])
    const whole = JSON.parse((await call(routeTo(provider.url), {}, { operation: 'completions' })).body)
    expect(whole.choices).toEqual([
      expect.objectContaining({ index: 0, text: expected, finish_reason: 'stop', logprobs: null }),
    ])
    for (const value of events)
      typed.push({ name: _title, type: 'OpenAI.Completion', value: { ...value, choices: [] } })
    typed.push({ name: _title, type: 'OpenAI.Completion', value: whole })
  })
})

test('gives clients nothing but the types of the openai package', () => {
  expect(typed.length).toBeGreaterThan(100)
  expect(findTypeProblems(typed)).toEqual([])
}, 60_000)
