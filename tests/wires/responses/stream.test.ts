import { describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../../../shared/runtime/json.ts'
import { createReply } from '../../../shared/wires/responses/reply.ts'
import { findTypeProblems } from '../../support/openai-types.ts'
import { calling, chunk, fixedOptions, readEvents, readGolden, stream, toLines, usage } from './golden.ts'

/** The chunks of a chat, by the name of the golden file with its events. */
const sequences: Readonly<Record<string, readonly JsonObject[]>> = {
  'thought-text-call': [
    chunk({ role: 'assistant', content: '' }),
    chunk({ reasoning_content: 'Need a ' }),
    chunk({ reasoning_content: 'file list.' }),
    chunk({ content: 'Let me ' }),
    chunk({ content: 'look.' }),
    chunk(calling(0, '', 'ls')),
    chunk(calling(0, '{"path":')),
    chunk(calling(0, '"."}')),
    chunk({}, 'tool_calls'),
  ],
  'parallel-calls': [
    chunk(calling(0, '{"path":', 'ls')),
    chunk(calling(1, '{"path":"b"}', 'mcp__fs__read')),
    chunk(calling(0, '"a"}')),
    chunk({ content: 'Wait.' }, 'tool_calls'),
  ],
  'custom-calls': [
    chunk(calling(0, '{"input":"*** Be', 'patch')),
    chunk(calling(0, 'gin\\n"}')),
    chunk(calling(1, '{"type":"delete_file","path":"a"}', 'apply_patch'), 'tool_calls'),
  ],
  refusal: [chunk({ content: 'Well, ' }), chunk({ refusal: 'No.' }), chunk({}, 'stop')],
  length: [chunk({ content: 'Once upon' }), chunk(calling(0, '{"pa', 'ls')), chunk({}, 'length')],
  filtered: [chunk({ content: 'Once' }), chunk({}, 'content_filter')],
}

describe('a stream', () => {
  test.each(Object.keys(sequences))('has the events of %s in their order, with whole items at the end', (name) => {
    expect(toLines(readEvents(stream(sequences[name] ?? [])))).toBe(readGolden(name))
  })

  test('begins with the first content: until then a failure is a reply with a status', () => {
    const writer = createReply(fixedOptions).createStream()
    expect(writer.write(chunk({ role: 'assistant', content: '' }))).toBe('')
    expect(readEvents(writer.write(chunk({ content: 'a' }))).map(({ type }) => type)).toEqual([
      ...['response.created', 'response.in_progress', 'response.output_item.added'],
      ...['response.content_part.added', 'response.output_text.delta'],
    ])
  })

  test('is complete and has no item if the model says nothing', () => {
    const events = readEvents(stream([chunk({ role: 'assistant', content: '' }), chunk({}, 'stop')]))
    expect(events.map(({ type }) => type)).toEqual(['response.created', 'response.in_progress', 'response.completed'])
    expect(events.at(-1)).toMatchObject({ response: { status: 'completed', output: [] } })
  })

  test('has an error, the items so far, and no completion if it fails (R190)', () => {
    const writer = createReply(fixedOptions).createStream()
    const begun = writer.write(chunk({ content: 'Half a' }))
    const error = { message: 'It broke.', type: 'api_error', code: 'upstream_error', param: null }
    const events = readEvents(begun + writer.fail(error, { status: 502, requestId: 'r' }))
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index))
    expect(events.slice(-2)).toMatchObject([
      { type: 'error', code: 'upstream_error', message: 'It broke.', param: null, error },
      {
        type: 'response.failed',
        response: {
          ...{ status: 'failed', error: { code: 'server_error', message: 'It broke.' }, completed_at: null },
          output: [{ type: 'message', status: 'incomplete', content: [{ type: 'output_text', text: 'Half a' }] }],
        },
      },
    ])
  })

  test.each([
    ['context_length_exceeded', 400, 'context_length_exceeded'],
    ['insufficient_quota', 402, 'insufficient_quota'],
    ['rate_limit', 429, 'rate_limit_exceeded'],
    ['content_policy_violation', 400, 'invalid_prompt'],
    ['upstream_timeout', 504, 'server_error'],
  ])('that fails with %s names the code that Codex knows', (code, status, expected) => {
    const writer = createReply(fixedOptions).createStream()
    const error = { message: 'no', type: 'x', code, param: null }
    expect(readEvents(writer.fail(error, { status, requestId: 'r' })).at(-1)).toMatchObject({
      response: { error: { code: expected } },
    })
  })

  test('has the log probabilities that the client asks for, and those only', () => {
    const token = { token: 'a', logprob: -0.5, bytes: [97], top_logprobs: [{ token: 'b', logprob: -1, bytes: [98] }] }
    const shown = { token: 'a', logprob: -0.5, top_logprobs: [{ token: 'b', logprob: -1 }] }
    const given = {
      choices: [{ index: 0, delta: { content: 'a' }, logprobs: { content: [token] }, finish_reason: 'stop' }],
    }
    for (const [top_logprobs, logprobs] of [
      [1, [shown]],
      [0, []],
    ] as const) {
      const events = readEvents(stream([given], { request: { top_logprobs } }))
      const withLogprobs = events.filter((event) => 'logprobs' in event)
      expect(withLogprobs.map((event) => event['logprobs'])).toEqual([logprobs, logprobs])
      expect(events.at(-1)).toMatchObject({ response: { output: [{ content: [{ logprobs }] }] } })
    }
  })

  test('repeats the settings of the request, and the points that were charged', () => {
    const request = {
      ...{ model: 'm', input: 'hi', instructions: 'Be brief.', temperature: 0.5, store: true, metadata: { a: 'b' } },
      ...{ tools: [{ type: 'function', name: 'ls' }], tool_choice: 'required', text: { verbosity: 'low' } },
    }
    const writer = createReply({ ...fixedOptions, request }).createStream()
    const { input: _, store: __, text: ___, ...repeated } = request
    const [created] = readEvents(writer.write(chunk({ content: 'a' })))
    expect(created?.['response']).toMatchObject({ ...repeated, store: false, text: { format: { type: 'text' } } })
    const [last] = readEvents(writer.end(usage, { points: { charged: 2, balance: 3 } })).slice(-1)
    expect(last).toMatchObject({ response: { ...repeated, points: { charged: 2, balance: 3 } } })
  })
})

describe('what other gateways got wrong', () => {
  const [first = [], second = []] = [sequences['thought-text-call'], sequences['parallel-calls']]
  const events = readEvents(stream(first))
  const indexes = (type: string): number[] => events.flatMap((event, index) => (event['type'] === type ? [index] : []))

  test('does not happen: a thought is an item, with a part, and ends before the next item begins (3.9.6, 3.9.7, 3.9.9)', () => {
    const [added = 0, next = 0] = indexes('response.output_item.added')
    const [done = 0] = indexes('response.output_item.done')
    const [part = 0] = indexes('response.reasoning_summary_part.added')
    const deltas = indexes('response.reasoning_summary_text.delta')
    expect([added, part, ...deltas, done, next]).toEqual([added, part, ...deltas, done, next].sort((a, b) => a - b))
    expect(deltas).toHaveLength(2)
  })

  test('does not happen: each event has its number, without holes (3.9.8)', () => {
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index))
  })

  test('does not happen: a reply that was cut off by its length is not complete (3.9.10)', () => {
    const cut = readEvents(stream(sequences['length'] ?? []))
    expect(cut.map(({ type }) => type)).not.toContain('response.completed')
    expect(cut.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { incomplete_details: { reason: 'max_output_tokens' } },
    })
  })

  test('does not happen: text after a call is a message of its own, never the first one again (3.9.5)', () => {
    const ids = readEvents(stream([chunk({ content: 'a' }), ...second])).flatMap(({ type, item }) =>
      type === 'response.output_item.done' ? [(item as JsonObject)['id']] : [],
    )
    expect(new Set(ids).size).toBe(4)
  })
})

describe('a whole reply', () => {
  const message = {
    ...{ role: 'assistant', content: 'Let me look.', refusal: null, reasoning_content: 'Need a file list.' },
    tool_calls: [{ id: 'call_0', type: 'function', function: { name: 'ls', arguments: '{"path":"."}' } }],
  }
  const whole = (choice: object): JsonObject =>
    createReply(fixedOptions).writeWhole({ choices: [{ index: 0, finish_reason: 'tool_calls', ...choice }] }, usage)

  test('has the items that the stream has, and every field that the official client requires', () => {
    const last = readEvents(stream(sequences['thought-text-call'] ?? [])).at(-1)
    const reply = whole({ message })
    expect(reply).toEqual(last?.['response'])
    expect(
      findTypeProblems([{ name: 'whole', type: "Omit<OpenAI.Responses.Response, 'output_text'>", value: reply }]),
    ).toEqual([])
  })

  test('keeps several calls in their order, with the input of custom tools taken out', () => {
    const call = (id: string, name: string, json: string): object => ({
      ...{ id, type: 'function' },
      function: { name, arguments: json },
    })
    const calls = [
      call('c1', 'ls', '{}'),
      call('c2', 'patch', '{"input":"x"}'),
      call('c3', 'patch', 'raw'),
      call('c5', 'patch', '{"patch":"y"}'),
      call('c4', 'odd', '{}'),
    ]
    expect(whole({ message: { role: 'assistant', content: null, tool_calls: calls } })['output']).toMatchObject([
      { type: 'function_call', call_id: 'c1', name: 'ls', arguments: '{}' },
      { type: 'custom_tool_call', call_id: 'c2', name: 'patch', input: 'x' },
      { type: 'custom_tool_call', call_id: 'c3', name: 'patch', input: 'raw' },
      { type: 'custom_tool_call', call_id: 'c5', name: 'patch', input: 'y' },
      { type: 'function_call', call_id: 'c4', name: 'odd', arguments: '{}' },
    ])
  })

  test('says why it is incomplete', () => {
    for (const [finish_reason, reason] of [
      ['length', 'max_output_tokens'],
      ['content_filter', 'content_filter'],
    ])
      expect(whole({ message: { content: 'x' }, finish_reason })).toMatchObject({
        ...{ status: 'incomplete', incomplete_details: { reason }, completed_at: null },
        output: [{ status: 'incomplete' }],
      })
  })

  test('has a usage with all its counts, whatever the provider states', () => {
    const count = (given: object): unknown =>
      createReply(fixedOptions).writeWhole(
        { choices: [] },
        { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7, ...given },
      )['usage']
    const expected = {
      ...{ input_tokens: 5, input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 } },
      ...{ output_tokens: 2, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 7 },
    }
    expect(count({})).toEqual(expected)
    expect(count({ estimated: true, prompt_tokens_details: null })).toEqual({ ...expected, estimated: true })
    expect(count({ prompt_cache_hit_tokens: 3 })).toMatchObject({ input_tokens_details: { cached_tokens: 3 } })
    expect(count({ prompt_tokens_details: { cached_tokens: 99 } })).toMatchObject({
      input_tokens_details: { cached_tokens: 5 },
    })
  })
})
