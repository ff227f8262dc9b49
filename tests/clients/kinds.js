/** The kinds of responses with which real providers break clients, each as the bytes of its chunks and of its document, and
 *  what a client must read. */

const first = '{"city":"上海"}'
const other = '{"city":"北京"}'

const chunk = (delta, reason = null) => ({ choices: [{ index: 0, delta, finish_reason: reason }] })
const calls = (...pieces) => chunk({ tool_calls: pieces })
const call = (index, id, text) => ({
  ...(index !== undefined && { index }),
  ...(id !== undefined && { id, type: 'function' }),
  function: { name: 'weather', arguments: text },
})
const whole = (message, reason = 'stop') => ({ choices: [{ message, finish_reason: reason }] })
const wholeCalls = (...pieces) => whole({ content: null, tool_calls: pieces })
const stop = chunk({}, 'stop')

const two = [first, other]
const said = { text: '你好，世界', cities: [] }

export const kinds = {
  'calls under one index': {
    chunks: [calls(call(0, 'a', first)), calls(call(0, 'b', other)), stop],
    document: wholeCalls(call(0, 'a', first), call(0, 'b', other)),
    reads: { text: '', cities: two },
  },
  'calls from index 1': {
    chunks: [calls(call(1, 'a', first)), calls(call(2, 'b', other)), stop],
    document: wholeCalls(call(1, 'a', first), call(2, 'b', other)),
    reads: { text: '', cities: two },
  },
  'calls without index, id and type': {
    chunks: [calls(call(undefined, undefined, first), call(undefined, undefined, other)), stop],
    document: wholeCalls(call(undefined, undefined, first), call(undefined, undefined, other)),
    reads: { text: '', cities: two },
  },
  'calls under one id': {
    chunks: [calls(call(0, 'weather', first)), calls(call(1, 'weather', other)), stop],
    document: wholeCalls(call(0, 'weather', first), call(1, 'weather', other)),
    reads: { text: '', cities: two },
  },
  'id, type and name in each piece': {
    chunks: [calls(call(0, 'a', '{"city":')), calls(call(0, 'a', '"上海"}')), stop],
    document: wholeCalls(call(0, 'a', first)),
    reads: { text: '', cities: [first] },
  },
  'arguments as an object': {
    chunks: [calls(call(0, 'a', { city: '上海' })), stop],
    document: wholeCalls(call(0, 'a', { city: '上海' })),
    reads: { text: '', cities: [first] },
  },
  'an empty function call beside a call': {
    chunks: [calls(call(0, 'a', first)), chunk({ function_call: { name: '', arguments: '' } }, 'tool_calls')],
    document: whole({ content: null, tool_calls: [call(0, 'a', first)], function_call: { name: '', arguments: '' } }),
    reads: { text: '', cities: [first] },
  },
  'the role in each delta': {
    chunks: [...said.text].map((content) => chunk({ role: 'assistant', content })).concat(stop),
    document: whole({ role: 'model', content: said.text }),
    reads: said,
  },
  'text and thought in parts': {
    chunks: [
      chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: '想' }] }] }),
      chunk({ content: [{ type: 'text', text: said.text }] }),
      stop,
    ],
    document: whole({
      content: [
        { type: 'thinking', thinking: '想' },
        { type: 'text', text: said.text },
      ],
    }),
    reads: said,
  },
  'messages in place of deltas': {
    chunks: [{ choices: [{ message: { content: said.text }, finish_reason: 'stop' }] }],
    document: { choices: [{ delta: { content: said.text }, finish_reason: 'stop' }] },
    reads: said,
  },
  'a word of its own for the end': {
    chunks: [chunk({ content: said.text }), chunk({}, 'end_turn')],
    document: whole({ content: said.text }, 'eos_token'),
    reads: said,
  },
  'no reason for the end': {
    chunks: [chunk({ content: said.text })],
    document: whole({ content: said.text }, null),
    reads: said,
  },
  'a thought as an object': {
    chunks: [chunk({ reasoning: { content: '想' } }), chunk({ content: said.text }), stop],
    document: whole({ content: said.text, reasoning: { text: '想', type: 'summary' } }),
    reads: said,
  },
  'names in camel case': {
    chunks: [chunk({ reasoningContent: '想' }), chunk({ toolCalls: [call(0, 'a', first)] }), stop],
    document: whole({ content: null, reasoningContent: '想', toolCalls: [call(0, 'a', first)] }),
    reads: { text: '', cities: [first] },
  },
  'calls as parts of the content': {
    chunks: [
      chunk({ content: [{ type: 'tool_use', id: 'a', name: 'weather', input: { city: '上海' } }] }),
      chunk({ content: [{ functionCall: { name: 'weather', args: { city: '北京' } } }] }, 'tool_use'),
    ],
    document: whole({
      content: [
        { type: 'tool_use', id: 'a', name: 'weather', input: { city: '上海' } },
        { functionCall: { name: 'weather', args: { city: '北京' } } },
      ],
    }),
    reads: { text: '', cities: two },
  },
  'arguments in a block of Markdown': {
    chunks: [calls(call(0, 'a', `\`\`\`json\n${first}\n\`\`\``)), stop],
    document: wholeCalls(call(0, 'a', `\`\`\`json\n${first}\n\`\`\``)),
    reads: { text: '', cities: [first] },
  },
  'null for everything else': {
    chunks: [
      chunk({ role: 'assistant', content: said.text, tool_calls: null, function_call: null, refusal: null }),
      chunk({ role: null, content: null, tool_calls: [] }, 'stop'),
    ],
    document: whole({ content: said.text, tool_calls: null, function_call: null, annotations: null }),
    reads: said,
  },
}
