import {
  delta,
  inBoth,
  message,
  type OddResponse,
  said,
  stop,
  toChunk,
  toDocument,
  toStream,
  usage,
} from './odd-response.ts'

const shanghai = '{"city":"上海"}'
const beijing = '{"city":"北京"}'
const one = { calls: [['weather', shanghai]] } as const
const two = {
  calls: [
    ['weather', shanghai],
    ['weather', beijing],
  ],
} as const

const calls = (...pieces: unknown[]): object => delta({ tool_calls: pieces })
const end = delta({}, 'tool_calls')
const call = (fields: object, text: unknown = shanghai, name: unknown = 'weather') => ({
  type: 'function',
  ...fields,
  function: { name, arguments: text },
})
const withCalls = (given: unknown, reason: unknown = 'tool_calls'): object =>
  message({ role: 'assistant', content: null, tool_calls: given }, reason)

/** Odd tool calls. The client offers the tools `weather`, with a `city`, and `search`. */
export const toolCallResponses: readonly OddResponse[] = [
  {
    title: 'pieces of two calls in turn, named by ids (term-llm #314)',
    stream: toStream(
      calls(call({ id: 'a' }, '{"city":')),
      calls(call({ id: 'b' }, '{"city":')),
      calls({ id: 'a', function: { arguments: '"上海"}' } }),
      calls({ id: 'b', function: { arguments: '"北京"}' } }),
      end,
    ),
    reads: two,
  },
  {
    title: 'pieces of two calls in turn, named by indexes as text',
    stream: toStream(
      calls(call({ index: '0', id: 'a' }, '{"city":'), call({ index: '1', id: 'b' }, '{"city":')),
      calls({ index: '1', function: { arguments: '"北京"}' } }),
      calls({ index: '0', function: { arguments: '"上海"}' } }),
      end,
    ),
    reads: two,
  },
  {
    title: 'one call in place of a list',
    ...inBoth([delta({ tool_calls: call({ id: 'a' }) }), end], withCalls(call({ id: 'a' }))),
    reads: one,
  },
  {
    title: 'arguments that are null at first',
    ...inBoth(
      [calls(call({ index: 0, id: 'a' }, null)), calls(call({ index: 0 }, shanghai, null)), end],
      withCalls([call({ id: 'a' })]),
    ),
    reads: one,
  },
  {
    title: 'another id in each piece, and empty names (litellm #40040)',
    stream: toStream(
      calls(call({ index: 0, id: 'tool-1' }, '')),
      calls(call({ index: 0, id: 'tool-2' }, '{"city":', '')),
      calls(call({ index: 0, id: 'tool-3' }, '"上海"}', '')),
      end,
    ),
    reads: one,
  },
  {
    title: 'ids as numbers, no type',
    ...inBoth(
      [calls({ index: 0, id: 17, function: { name: 'weather', arguments: shanghai } }), end],
      withCalls([{ id: 17, function: { name: 'weather', arguments: shanghai } }]),
    ),
    reads: one,
  },
  {
    title: 'all arguments so far in each piece (Qianfan: hermes-agent #35592)',
    stream: toStream(
      ...['{', '{"ci', '{"city":', '{"city":"上', '{"city":"上', shanghai, shanghai].map((text) =>
        calls(call({ index: 0, id: 'a' }, text)),
      ),
      end,
    ),
    reads: one,
  },
  {
    title: 'all arguments so far in each piece, without names',
    stream: toStream(
      calls(call({ index: 0, id: 'a' }, '')),
      ...['{"city": "', '{"city": "上', '{"city": "上海"}'].map((text) =>
        calls({ index: 0, function: { arguments: text } }),
      ),
      end,
    ),
    reads: { calls: [['weather', '{"city": "上海"}']] },
  },
  {
    title: 'an object in an object, whose first name is that of the outer one',
    stream: toStream(
      ...['{"a":', '{"a":', '{"a":', '1}', '}}'].map((text, at) =>
        calls(call({ index: 0, ...(at === 0 && { id: 'a' }) }, text, at === 0 ? 'search' : null)),
      ),
      end,
    ),
    reads: { calls: [['search', '{"a":{"a":{"a":1}}}']] },
  },
  {
    title: 'arguments whose text begins as they do',
    stream: toStream(
      calls(call({ index: 0, id: 'a' }, '{"a":"', 'search')),
      calls({ index: 0, function: { arguments: '{\\"a\\":' } }),
      calls({ index: 0, function: { arguments: '1}"}' } }),
      end,
    ),
    reads: { calls: [['search', '{"a":"{\\"a\\":1}"}']] },
  },
  {
    title: 'the whole arguments again in the last chunk',
    stream: toStream(
      calls(call({ index: 0, id: 'a' }, '{"city":')),
      calls(call({ index: 0 }, '"上海"}', '')),
      calls(call({ index: 0, id: 'a' })),
      end,
    ),
    reads: one,
  },
  {
    title: 'a word of its own for calls (mlx-lm #782)',
    ...inBoth(
      [calls(call({ index: 0, id: 'a' })), delta({}, 'tool_call')],
      withCalls([call({ id: 'a' })], 'TOOL_CALLS'),
    ),
    reads: one,
  },
  {
    title: 'no reason after a call (NVIDIA NIM: pi #6226)',
    ...inBoth([calls(call({ index: 0, id: 'a' }))], withCalls([call({ id: 'a' })], null)),
    reads: one,
  },
  {
    title: 'the reason `stop` after a call (Gemini: python-genai #2868)',
    ...inBoth([calls(call({ id: 'a' })), stop], withCalls([call({ id: 'a' })], 'stop')),
    reads: one,
  },
  {
    title: 'text before a call, and the reason with it',
    ...inBoth(
      [delta({ role: 'assistant', content: said }), delta({ tool_calls: [call({ index: 0, id: 'a' })] }, 'tool_calls')],
      message({ role: 'assistant', content: said, tool_calls: [call({ id: 'a' })] }, 'tool_calls'),
    ),
    reads: { ...one, text: said },
  },
  {
    title: 'a whole message with all calls at the end (MiniMax)',
    stream: toStream(
      calls(call({ index: 0, id: 'a' })),
      end,
      toDocument({
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: '', tool_calls: [call({ id: 'a' })] },
            finish_reason: 'tool_calls',
          },
        ],
        usage,
      }),
    ),
    reads: one,
  },
  {
    title: 'a map of calls',
    ...inBoth(
      [delta({ tool_calls: { 0: call({ id: 'a' }), 1: call({ id: 'b' }, beijing) } }), end],
      withCalls({ 0: call({ id: 'a' }), 1: call({ id: 'b' }, beijing) }),
    ),
    reads: two,
  },
  {
    title: 'a call in each chunk, all with index 0 and no id (Ollama #7881)',
    stream: toStream(calls(call({ index: 0 })), calls(call({ index: 0 }, beijing)), end),
    reads: two,
  },
  {
    title: 'calls as JSON text',
    ...inBoth(
      [delta({ tool_calls: JSON.stringify([call({ id: 'a' })]) }), end],
      withCalls(JSON.stringify([call({ id: 'a' })])),
    ),
    reads: one,
  },
  {
    title: 'arguments as Python writes them',
    ...inBoth(
      [calls(call({ index: 0, id: 'a' }, "{'city': '上海'}")), end],
      withCalls([call({ id: 'a' }, "{'city': '上海'}")]),
    ),
    reads: { calls: [['weather', shanghai]] },
  },
  {
    title: 'arguments that are empty, for a tool without any',
    ...inBoth([calls(call({ index: 0, id: 'a' }, '', 'search')), end], withCalls([call({ id: 'a' }, '', 'search')])),
    reads: { calls: [['search', '{}']] },
  },
  {
    title: 'empty calls and functions beside text',
    ...inBoth(
      [delta({ content: said, tool_calls: [], function_call: null }), delta({ content: '', tool_calls: [{}] }, 'stop')],
      message({ role: 'assistant', content: said, tool_calls: [{}], function_call: {} }),
    ),
    reads: { text: said },
  },
  {
    title: 'null among the calls',
    ...inBoth([calls(null, call({ index: 0, id: 'a' })), end], withCalls([null, call({ id: 'a' })])),
    reads: one,
  },
  {
    title: 'calls beside the message, in the choice',
    ...inBoth(
      [toChunk({ choices: [{ index: 0, delta: {}, tool_calls: [call({ id: 'a' })], finish_reason: 'tool_calls' }] })],
      toDocument({
        choices: [
          { index: 0, message: { content: null }, tool_calls: [call({ id: 'a' })], finish_reason: 'tool_calls' },
        ],
      }),
    ),
    reads: one,
  },
]
