import { describe, expect, test } from '@jest/globals'
import { parseCall } from '../../../shared/protocol/call.ts'
import { isObject, type JsonObject } from '../../../shared/runtime/json.ts'
import { prepareResponses } from '../../../shared/wires/responses/responses.ts'

const toChat = (body: object, userId: string | null = 'u1'): JsonObject => {
  const call = parseCall('responses', Buffer.from(JSON.stringify({ model: 'm', input: 'hi', ...body })))
  return { ...prepareResponses(call, userId, 'secret').body }
}

const toMessages = (input: unknown, body: object = {}): unknown => toChat({ ...body, input })['messages']

const getError = (body: object): { code: string; param: string | undefined; message: string; shown: unknown } => {
  try {
    toChat(body)
  } catch (thrown) {
    const { code, message, options } = thrown as { code: string; message: string; options: JsonObject }
    return { code, message, param: options['param'] as string, shown: options['providerCode'] }
  }
  throw new Error('was accepted')
}

const user = (text: string): object => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] })
const assistant = (text: string): object => ({
  ...{ type: 'message', role: 'assistant', id: 'msg_1', status: 'completed' },
  content: [{ type: 'output_text', text, annotations: [] }],
})
const call = (id: string, name = 'ls', more: object = {}): object => ({
  ...{ type: 'function_call', call_id: id, name, arguments: '{"path":"."}' },
  ...more,
})
const output = (id: string, text: unknown = 'a.txt'): object => ({
  type: 'function_call_output',
  call_id: id,
  output: text,
})
const chatCall = (id: string, name = 'ls', json = '{"path":"."}'): object => ({
  ...{ id, type: 'function' },
  function: { name, arguments: json },
})
const tool = (id: string, content: unknown = 'a.txt'): object => ({ role: 'tool', tool_call_id: id, content })

describe('the chat of a request', () => {
  test('has a text as the message of the user, behind the instructions', () => {
    expect(toMessages('hi', { instructions: 'Be brief.' })).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ])
  })

  test('has one system message before the conversation, of instructions and developer messages', () => {
    const items = [
      { role: 'developer', content: 'Rules.' },
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'More.' }] },
      user('hi'),
      { role: 'developer', content: 'Later.' },
    ]
    expect(toMessages(items, { instructions: 'First.' })).toEqual([
      { role: 'system', content: 'First.\n\nRules.\n\nMore.' },
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'Later.' },
    ])
  })

  test('has pictures, files and recordings as parts, and text alone as text', () => {
    const content = [
      { type: 'input_text', text: 'what is it?' },
      { type: 'input_image', image_url: 'https://a.example/1.png', detail: 'low' },
      { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'original' },
      { type: 'input_file', file_data: 'data:application/pdf;base64,AA', filename: 'a.pdf' },
      { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
    ]
    expect(toMessages([{ role: 'user', content }])).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'what is it?' },
          { type: 'image_url', image_url: { url: 'https://a.example/1.png', detail: 'low' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
          { type: 'file', file: { file_data: 'data:application/pdf;base64,AA', filename: 'a.pdf' } },
          { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
        ],
      },
    ])
    const texts = [
      { type: 'input_text', text: 'one' },
      { type: 'input_text', text: 'two' },
    ]
    expect(toMessages([{ role: 'user', content: texts }])).toEqual([{ role: 'user', content: 'one\ntwo' }])
  })

  test('has what the assistant thought, said and called at a time in one message, its results behind it', () => {
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Look.' }] }
    const items = [user('hi'), reasoning, assistant('I look.'), call('c1'), call('c2', 'cat'), output('c2', 'b')]
    expect(toMessages([...items, output('c1'), user('thanks')])).toEqual([
      { role: 'user', content: 'hi' },
      {
        ...{ role: 'assistant', content: 'I look.', reasoning_content: 'Look.' },
        tool_calls: [chatCall('c1'), chatCall('c2', 'cat')],
      },
      tool('c1'),
      tool('c2', 'b'),
      { role: 'user', content: 'thanks' },
    ])
  })

  test('has a text between a call and its result before the call, as Codex sends it', () => {
    expect(toMessages([user('hi'), call('c1'), assistant('Listing.'), output('c1')])).toEqual([
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'Listing.', tool_calls: [chatCall('c1')] },
      tool('c1'),
    ])
  })

  test('has what follows the first result in a message of its own, and each result behind its call', () => {
    expect(toMessages([call('c1'), call('c2'), output('c1'), assistant('Next.'), call('c3'), output('c2')])).toEqual([
      { role: 'assistant', content: null, tool_calls: [chatCall('c1'), chatCall('c2')] },
      tool('c1'),
      tool('c2'),
      { role: 'assistant', content: 'Next.', tool_calls: [chatCall('c3')] },
      tool('c3', '[interrupted]'),
    ])
  })

  test('keeps the results of calls apart that have one id', () => {
    expect(toMessages([call('0'), output('0', 'one'), call('0'), output('0', 'two')])).toEqual([
      { role: 'assistant', content: null, tool_calls: [chatCall('0')] },
      tool('0', 'one'),
      { role: 'assistant', content: null, tool_calls: [chatCall('0')] },
      tool('0', 'two'),
    ])
  })

  test('has a result without its call as a text of the user', () => {
    expect(toMessages([output('gone', 'x'), user('hi')])).toEqual([
      { role: 'user', content: 'Result of an earlier tool call:\nx' },
      { role: 'user', content: 'hi' },
    ])
  })

  test('has the pictures of a result behind all results of the turn', () => {
    const picture = { type: 'input_image', image_url: 'data:image/png;base64,AA' }
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }
    expect(toMessages([call('c1'), call('c2'), output('c1', [picture]), output('c2')])).toEqual([
      { role: 'assistant', content: null, tool_calls: [chatCall('c1'), chatCall('c2')] },
      tool('c1', 'The result follows in the next message.'),
      tool('c2'),
      { role: 'user', content: [{ type: 'text', text: 'The tools returned this:' }, image] },
    ])
  })

  test('leaves out items of tools that ran at OpenAI, compacted ones, and a thought without anything after it', () => {
    const items = [user('hi'), { type: 'web_search_call', id: 'ws' }, { type: 'compaction', encrypted_content: 'x' }]
    const reasoning = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] }
    expect(toMessages([...items, reasoning])).toEqual([{ role: 'user', content: 'hi' }])
  })

  test('has the fields that a chat has under another name', () => {
    const schema = { type: 'object', properties: {} }
    const chat = toChat({
      ...{ max_output_tokens: 99, reasoning: { effort: 'low', summary: 'auto' }, temperature: 0.5, top_p: 0.9 },
      text: { format: { type: 'json_schema', name: 'city', schema, strict: true }, verbosity: 'low' },
      ...{ include: ['message.output_text.logprobs'], top_logprobs: 3, stream: true, user: 'u' },
    })
    expect(chat).toEqual({
      ...{ model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true, user: 'u' },
      ...{ max_tokens: 99, reasoning_effort: 'low', temperature: 0.5, top_p: 0.9, verbosity: 'low' },
      ...{ logprobs: true, top_logprobs: 3 },
      response_format: { type: 'json_schema', json_schema: { name: 'city', schema, strict: true } },
    })
    expect(toChat({ text: { format: { type: 'json_object' } } })['response_format']).toEqual({ type: 'json_object' })
    expect(toChat({ text: { format: { type: 'text' } } })['response_format']).toBeUndefined()
  })

  test('has the words of vendors about thinking and sampling, and no field that only this API has', () => {
    const own = { store: true, truncation: 'auto', metadata: { a: 'b' }, client_metadata: {}, prompt_cache_key: 'k' }
    const chat = toChat({ ...own, enable_thinking: false, top_k: 4, n: 5, messages: [], stream_options: {} })
    expect(chat).toEqual({
      ...{ model: 'm', messages: [{ role: 'user', content: 'hi' }] },
      ...{ enable_thinking: false, top_k: 4 },
    })
  })
})

describe('a request', () => {
  test.each<[object, string, string, RegExp]>([
    [
      { previous_response_id: 'resp_1' },
      'unsupported_parameter',
      'previous_response_id',
      /send the whole conversation/,
    ],
    [{ conversation: 'conv_1' }, 'unsupported_parameter', 'conversation', /send all of it as 'input'/],
    [{ prompt: { id: 'pmpt_1' } }, 'unsupported_parameter', 'prompt', /'instructions'/],
    [{ background: true }, 'unsupported_parameter', 'background', /stream/],
    [{ input: undefined }, 'missing_required_parameter', 'input', /must be a text, or an array/],
    [{ input: undefined, messages: [] }, 'missing_required_parameter', 'input', /POST \/v1\/chat\/completions/],
    [{ input: [] }, 'invalid_value', 'input', /at least one item/],
    [{ input: ['hi'] }, 'invalid_value', 'input[0]', /must be an item/],
    [
      { input: [{ type: 'item_reference', id: 'x' }] },
      'unsupported_parameter',
      'input[0]',
      /Send the item itself.*AI SDK.*store: false/,
    ],
    [{ input: [{ role: 'tool', content: 'x' }] }, 'invalid_value', 'input[0].role', /user, assistant, system/],
    [{ input: [{ role: 'user' }] }, 'invalid_value', 'input[0].content', /a text or an array of parts/],
    [
      { input: [{ role: 'user', content: [{ type: 'x' }] }] },
      'invalid_value',
      'input[0].content[0].type',
      /input_text/,
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
      ...(['unsupported_parameter', 'input[0].content[0]', /stores no files/] as const),
    ],
    [{ input: [{ type: 'function_call', name: 'ls' }] }, 'invalid_value', 'input[0].call_id', /id of the call/],
    [{ input: [call('c', '')] }, 'invalid_value', 'input[0].name', /name of the tool/],
    [{ input: [{ type: 'web_search_call' }] }, 'invalid_value', 'input', /at least one message/],
    [{ instructions: [] }, 'invalid_value', 'instructions', /must be a text/],
    [{ max_output_tokens: 0 }, 'invalid_value', 'max_output_tokens', /at least 1/],
    [{ reasoning: 'low' }, 'invalid_value', 'reasoning', /object/],
    [{ reasoning: { effort: 3 } }, 'invalid_value', 'reasoning.effort', /a word/],
    [{ text: { format: { type: 'xml' } } }, 'invalid_value', 'text.format.type', /json_schema/],
    [{ tools: {} }, 'invalid_value', 'tools', /array of tools/],
    [{ tools: [{ type: 'function' }] }, 'invalid_value', 'tools[0].name', /name of the tool/],
    [{ tool_choice: 'some' }, 'invalid_value', 'tool_choice', /none, auto, required/],
    [{ tool_choice: { type: 'function', name: 'x' } }, 'invalid_value', 'tool_choice', /none of 'tools'/],
    [{ tools: [{ type: 'web_search' }], tool_choice: 'required' }, 'unsupported_parameter', 'tool_choice', /demands/],
    [{ tool_choice: { type: 'web_search' } }, 'unsupported_parameter', 'tool_choice', /no 'web_search'/],
  ])('is refused if it is %j', (body, code, param, message) => {
    expect(getError(body)).toMatchObject({ code, param, message: expect.stringMatching(message) })
  })

  test('gets the code that makes clients send the whole conversation if it refers to an earlier response (R191)', () => {
    expect(getError({ previous_response_id: 'resp_1' }).shown).toBe('previous_response_not_found')
  })

  test('may set the fields of a store to nothing', () => {
    const unset = { previous_response_id: null, conversation: null, prompt: null, background: false, store: true }
    expect(toChat(unset)['messages']).toHaveLength(1)
  })
})

const named = (tools: unknown): unknown[] =>
  (Array.isArray(tools) ? tools : []).map(
    (one: unknown) => isObject(one) && isObject(one['function']) && one['function']['name'],
  )

describe('the tools of a chat', () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } }
  const weather = { type: 'function', name: 'weather', description: 'Tells it.', parameters, strict: false }

  test('are functions, whether the client nests them or not', () => {
    const expected = { type: 'function', function: { name: 'weather', description: 'Tells it.', parameters } }
    const { type, ...nested } = weather
    for (const tools of [[weather], [{ type, function: nested }]])
      expect(toChat({ tools })['tools']).toEqual([expected])
    expect(toChat({ tools: [{ ...weather, strict: true, parameters: null }] })['tools']).toEqual([
      {
        type: 'function',
        function: {
          ...{ name: 'weather', description: 'Tells it.', strict: true },
          parameters: { type: 'object', properties: {} },
        },
      },
    ])
  })

  test('are those of items, too; of two with one name the first counts', () => {
    const more = {
      type: 'additional_tools',
      role: 'developer',
      tools: [
        { ...weather, description: 'x' },
        { ...weather, name: 'news' },
      ],
    }
    const { tools } = toChat({ tools: [weather], input: [user('hi'), more] })
    expect(named(tools)).toEqual(['weather', 'news'])
    expect(tools).toMatchObject([{ function: { description: 'Tells it.' } }, {}])
  })

  test('are without those that run at OpenAI, and with those that the client runs', () => {
    const hosted = [
      'web_search',
      'web_search_preview',
      'file_search',
      'code_interpreter',
      'image_generation',
      'mcp',
      'tool_search',
    ]
    const { tools, ...chat } = toChat({
      tools: [...hosted.map((type) => ({ type })), { type: 'apply_patch' }, { type: 'shell' }, { type: 'local_shell' }],
    })
    expect(named(tools)).toEqual(['apply_patch', 'shell', 'local_shell'])
    expect(Object.keys(chat)).toEqual(['model', 'messages'])
    expect(Object.keys(toChat({ tools: hosted.map((type) => ({ type })), tool_choice: 'auto' }))).toEqual([
      'model',
      'messages',
    ])
  })

  test.each<[unknown, unknown, unknown[]]>([
    ['none', 'none', ['weather', 'news']],
    ['required', 'required', ['weather', 'news']],
    [{ type: 'function', name: 'news' }, { type: 'function', function: { name: 'news' } }, ['weather', 'news']],
    [
      { type: 'function', function: { name: 'news' } },
      { type: 'function', function: { name: 'news' } },
      ['weather', 'news'],
    ],
    [{ type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'news' }] }, 'required', ['news']],
    [
      { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'news' }, { type: 'web_search' }] },
      'auto',
      ['news'],
    ],
  ])('are chosen by %j', (choice, expected, left) => {
    const { tools, tool_choice } = toChat({ tools: [weather, { ...weather, name: 'news' }], tool_choice: choice })
    expect([tool_choice, named(tools)]).toEqual([expected, left])
  })

  test('say that they are called one after another only if the client says so', () => {
    expect(toChat({ tools: [weather], parallel_tool_calls: true })['parallel_tool_calls']).toBeUndefined()
    expect(toChat({ tools: [weather], parallel_tool_calls: false })['parallel_tool_calls']).toBe(false)
    expect(toChat({ parallel_tool_calls: false })['parallel_tool_calls']).toBeUndefined()
  })

  test('have names that a chat can have, the same in each call', () => {
    const long = `t${'x'.repeat(80)}`
    const { tools, messages } = toChat({
      tools: [
        { ...weather, name: 'a.b' },
        { ...weather, name: long },
      ],
      input: [call('c1', 'a.b'), call('c2', long)],
    })
    const names = named(tools)
    for (const name of names) expect(name).toMatch(/^[\w-]{1,64}$/)
    expect(new Set(names).size).toBe(2)
    expect((messages as JsonObject[])[0]).toMatchObject({
      tool_calls: names.map((name) => ({ function: { name } })),
    })
  })
})

describe('what other gateways got wrong', () => {
  const grammar = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' }
  const patch = { type: 'custom', name: 'patch', description: 'Edits files.', format: grammar }

  test('does not happen: custom tools are functions of one text, with their grammar (3.9.1)', () => {
    const { tools, tool_choice } = toChat({ tools: [patch], tool_choice: { type: 'custom', name: 'patch' } })
    expect(tools).toMatchObject([
      {
        type: 'function',
        function: {
          name: 'patch',
          description: expect.stringMatching(/^Edits files\.\n\n.*lark grammar:\nstart: "x"$/),
          parameters: { properties: { input: { type: 'string' } }, required: ['input'] },
        },
      },
    ])
    expect(tool_choice).toEqual({ type: 'function', function: { name: 'patch' } })
    const items = [
      { type: 'custom_tool_call', call_id: 'c', name: 'patch', input: '*** Begin\n"x"' },
      { type: 'custom_tool_call_output', call_id: 'c', output: 'Done' },
    ]
    expect(toMessages(items)).toEqual([
      {
        ...{ role: 'assistant', content: null },
        tool_calls: [chatCall('c', 'patch', JSON.stringify({ input: '*** Begin\n"x"' }))],
      },
      tool('c', 'Done'),
    ])
  })

  test('does not happen: the tools of a namespace are there, and in its earlier calls (3.9.2)', () => {
    const tools = [
      { type: 'function', name: 'read', description: 'Reads.' },
      { type: 'custom', name: 'run' },
    ]
    const namespace = { type: 'namespace', name: 'mcp__fs', description: 'Files.', tools }
    const chat = toChat({ tools: [namespace], input: [call('c', 'read', { namespace: 'mcp__fs' }), output('c')] })
    expect(named(chat['tools'])).toEqual(['mcp__fs__read', 'mcp__fs__run'])
    expect(chat['tools']).toMatchObject([{ function: { description: 'Files.\n\nReads.' } }, {}])
    expect(chat['messages']).toMatchObject([{ tool_calls: [{ function: { name: 'mcp__fs__read' } }] }, {}])
  })

  test('does not happen: calls and results of the tools that clients run stay in the conversation (3.9.3)', () => {
    const operation = { type: 'delete_file', path: 'a.txt' }
    const items = [
      { type: 'apply_patch_call', call_id: 'c1', operation, status: 'completed' },
      { type: 'apply_patch_call_output', call_id: 'c1', status: 'completed', output: 'Deleted' },
      { type: 'local_shell_call', call_id: 'c2', action: { type: 'exec', command: ['ls'] } },
      { type: 'local_shell_call_output', id: 'c2', output: 'a.txt' },
      { type: 'shell_call', call_id: 'c3', action: { commands: ['ls'] } },
      { type: 'shell_call_output', call_id: 'c3', output: [{ stdout: 'a', stderr: '', outcome: { exit_code: 0 } }] },
    ]
    expect(toMessages(items)).toEqual([
      { role: 'assistant', content: null, tool_calls: [chatCall('c1', 'apply_patch', JSON.stringify(operation))] },
      tool('c1', 'Deleted'),
      {
        ...{ role: 'assistant', content: null },
        tool_calls: [chatCall('c2', 'local_shell', '{"type":"exec","command":["ls"]}')],
      },
      tool('c2'),
      { role: 'assistant', content: null, tool_calls: [chatCall('c3', 'shell', '{"commands":["ls"]}')] },
      tool('c3', '[{"stdout":"a","stderr":"","outcome":{"exit_code":0}}]'),
    ])
  })

  test('does not happen: the result of a tool that is text stays text (3.9.4)', () => {
    const parts = [
      { type: 'input_text', text: 'one' },
      { type: 'input_text', text: 'two' },
    ]
    for (const [given, content] of [
      ['[1]', '[1]'],
      ['', ''],
      [parts, 'one\ntwo'],
    ])
      expect(toMessages([call('c'), output('c', given)])).toMatchObject([{}, { role: 'tool', content }])
  })

  test('does not happen: the calls of several turns stay in messages of their own (3.9.5)', () => {
    const turn = (id: string): object[] => [call(id), call(`${id}b`), output(id), output(`${id}b`)]
    expect(toMessages([...turn('c1'), ...turn('c2')])).toEqual(
      ['c1', 'c2'].flatMap((id) => [
        { role: 'assistant', content: null, tool_calls: [chatCall(id), chatCall(`${id}b`)] },
        tool(id),
        tool(`${id}b`),
      ]),
    )
  })

  test('does not happen: no id of a response goes to a provider (3.9.11)', () => {
    const items = [{ ...assistant('hi'), id: 'msg_1' }, { ...call('c'), id: 'fc_1' }, output('c')]
    expect(JSON.stringify(toChat({ input: items }))).not.toMatch(/resp_|msg_1|fc_1/)
  })

  test('does not happen: a call without a thought gets no words that the model never had (3.9.12)', () => {
    const [message] = toMessages([call('c'), output('c')]) as JsonObject[]
    expect(message).toEqual({ role: 'assistant', content: null, tool_calls: [chatCall('c')] })
  })
})

describe('a sealed thought', () => {
  const reasoning = (sealed: unknown, summary = 'short'): object => ({
    ...{ type: 'reasoning', id: 'rs', encrypted_content: sealed },
    summary: summary === '' ? [] : [{ type: 'summary_text', text: summary }],
  })

  test('is ignored if it is not ours, and its summary counts', () => {
    for (const sealed of ['gAAAAfromopenai', 'cbgw1.AAAA', 'cbgw1.', null, 7]) {
      expect(toMessages([reasoning(sealed), assistant('a')])).toEqual([
        { role: 'assistant', content: 'a', reasoning_content: 'short' },
      ])
      expect(toMessages([reasoning(sealed, ''), assistant('a')])).toEqual([{ role: 'assistant', content: 'a' }])
    }
  })

  test('counts its whole text before its summary', () => {
    const content = [{ type: 'reasoning_text', text: 'the whole' }]
    expect(toMessages([{ type: 'reasoning', summary: [], content }, assistant('a')])).toMatchObject([
      { reasoning_content: 'the whole' },
    ])
  })
})
