import { describe, expect, test } from '@jest/globals'
import { parseCall } from '../../../shared/protocol/call.ts'
import { isGatewayError } from '../../../shared/protocol/errors.ts'
import { toChat } from '../../../shared/wires/messages/to-chat.ts'

const toCall = (body: object) =>
  toChat(
    parseCall(
      'messages',
      Buffer.from(
        JSON.stringify({ model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], ...body }),
      ),
    ),
    {},
  )

const translate = (body: object) => toCall(body).body

const listMessages = (...messages: object[]) => translate({ messages })['messages']

const user = (...content: object[]) => ({ role: 'user', content })
const assistant = (...content: object[]) => ({ role: 'assistant', content })
const text = (said: string) => ({ type: 'text', text: said })
const use = (id: string, input: object = {}) => ({ type: 'tool_use', id, name: 'ls', input })
const result = (id: string, content: unknown, more: object = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
})
const call = (id: string, args = '{}') => ({ id, type: 'function', function: { name: 'ls', arguments: args } })
const tool = (id: string, content: string) => ({ role: 'tool', tool_call_id: id, content })

describe('the fields of a request', () => {
  test.each<[object, object]>([
    [
      { temperature: 0.5, top_p: 0.9, top_k: 5 },
      { temperature: 0.5, top_p: 0.9, top_k: 5 },
    ],
    [{ stop_sequences: ['END'] }, { stop: ['END'] }],
    [{ stream: true }, { stream: true }],
    [{ thinking: { type: 'adaptive', display: 'summarized' } }, { thinking: { type: 'adaptive' } }],
    [
      { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } },
    ],
    [{ thinking: { type: 'disabled' }, output_config: { effort: 'low' } }, { thinking: { type: 'disabled' } }],
    [
      { thinking: { type: 'enabled', budget_tokens: 2_048, block_binding: null } },
      { thinking: { type: 'enabled', budget_tokens: 2_048 } },
    ],
    [{ thinking: { type: 'between_tools' }, output_config: { effort: 'low' } }, { thinking: { type: 'disabled' } }],
    [{ thinking: { type: 'of_a_later_version' } }, {}],
    [{ output_config: { effort: 'low' } }, {}],
    [
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
      { response_format: { type: 'json_schema', json_schema: { name: 'reply', schema: { type: 'object' } } } },
    ],
    [{ metadata: { user_id: 'account' }, service_tier: 'auto', container: null }, {}],
    [{ context_management: { edits: [] }, cache_control: { type: 'ephemeral' }, some_beta: true }, {}],
  ])('%j become %j of a chat', (fields, expected) => {
    expect(translate(fields)).toEqual({
      model: 'm',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hi' }],
      ...expected,
    })
  })

  test.each<[object, string]>([
    [{ max_tokens: undefined }, 'max_tokens'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'hi' }, 'messages'],
    [{ messages: [{ role: 'tool', content: 'hi' }] }, 'messages.0'],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages.0.content'],
    [{ messages: [{ role: 'user', content: [{ text: 'hi' }] }] }, 'messages.0.content.0'],
    [{ messages: [{ role: 'user', content: ' ' }] }, 'messages'],
  ])('%j are refused', (fields, param) => {
    let thrown: unknown
    try {
      toCall(fields)
    } catch (error) {
      thrown = error
    }
    expect(isGatewayError(thrown) && [thrown.status, thrown.options.param]).toEqual([400, param])
  })

  test.each<[object, string]>([
    [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools.0'],
    [{ mcp_servers: [{ type: 'url', url: 'https://example.com' }] }, 'mcp_servers'],
    [{ tools: [{ type: 'browser_toolset_20260801' }] }, 'tools.0'],
    [{ thread: { type: 'continue', previous_message_id: 'msg_1' } }, 'thread'],
    [{ thread: { type: 'create' } }, 'thread'],
    [{ messages: [user(text('hi')), assistant(text('{'))] }, 'messages'],
    [{ messages: [user({ type: 'image', source: { type: 'file', file_id: 'f' } })] }, 'messages.0.content.0.source'],
    [{ messages: [user({ type: 'container_upload', file_id: 'f' }, text('hi'))] }, 'messages.0.content.0'],
  ])('%j can be answered by a provider that speaks the wire only', (fields, param) => {
    expect(toCall({ messages: [user(text('hi'))], ...fields }).original?.problem).toMatchObject({
      status: 400,
      code: 'invalid_value',
      options: { param },
    })
  })
})

describe('the system prompt', () => {
  test('is one message: its blocks, without those that say nothing to a model', () => {
    const system = [
      text('x-anthropic-billing-header: cc_version=2.1; cch=1;'),
      { ...text('You help.'), cache_control: { type: 'ephemeral' } },
      text(' '),
      text('Be short.'),
    ]
    expect(translate({ system })['messages']).toEqual([
      { role: 'system', content: 'You help.\nBe short.' },
      { role: 'user', content: 'hi' },
    ])
  })

  test('within the conversation is a reminder in the turn of the user', () => {
    expect(
      listMessages(user(text('a')), assistant(text('b')), { role: 'system', content: 'Be kind.' }, user(text('c'))),
    ).toEqual([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: '<system-reminder>\nBe kind.\n</system-reminder>\nc' },
    ])
  })
})

test.each([user, assistant])('a summary that stands for the messages before it is a text', (say) => {
  const summary = { type: 'compaction', content: 'They wrote a parser.', signature: 's' }
  expect(JSON.stringify(listMessages(say(summary), user(text('go on'))))).toContain('They wrote a parser.')
})

test.each(['constructor', 'toString', '__proto__'])('%s is no type of a block, a choice or a thought', (type) => {
  const call = toCall({ messages: [user({ type, text: 'a' })], tool_choice: { type }, thinking: { type } })
  expect(call.original?.problem).toMatchObject({ status: 400, options: { param: 'messages.0.content.0' } })
  expect(translate({ tools: [{ name: 'ls' }], tool_choice: { type }, thinking: { type } })).not.toHaveProperty(
    'thinking',
  )
  expect(translate({ tools: [{ name: 'ls' }], tool_choice: { type } })).not.toHaveProperty('tool_choice')
})

test('a tool without a name is refused by its type', () => {
  const { problem } = toCall({ tools: [{ type: 'browser_toolset_20260801' }] }).original ?? {}
  expect(problem?.message).toMatch(/^This model has no 'browser_toolset_20260801' tool/)
  expect(problem?.message).not.toContain('undefined')
})

describe('the content of a user', () => {
  test('is parts if it has pictures or files', () => {
    const png = { type: 'base64', media_type: 'image/png', data: 'iVBO' }
    const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBE' }
    expect(
      listMessages(
        user(
          text('Look:'),
          { type: 'image', source: png },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          { type: 'document', title: 'a.pdf', source: pdf },
          { type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'words' } },
        ),
      ),
    ).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' } },
          { type: 'text', text: 'T\nwords' },
        ],
      },
    ])
  })

  test('is one text if it has texts only, blank ones left out', () => {
    expect(listMessages(user(text('a'), text(''), text('b')))).toEqual([{ role: 'user', content: 'a\nb' }])
  })
})

describe('the results of tools', () => {
  test('stand right after their calls, in a message each, and before the rest of the turn', () => {
    expect(
      listMessages(
        user(text('list')),
        assistant(text('Two.'), use('a', { path: '.' }), use('b')),
        user(text('and then?'), result('b', [text('B1'), text('B2')]), result('a', 'A')),
      ),
    ).toEqual([
      { role: 'user', content: 'list' },
      { role: 'assistant', content: 'Two.', tool_calls: [call('a', '{"path":"."}'), call('b')] },
      tool('b', 'B1\nB2'),
      tool('a', 'A'),
      { role: 'user', content: 'and then?' },
    ])
  })

  test('are completed: each call has one, and one of no call is a text', () => {
    expect(
      listMessages(
        user(text('list')),
        assistant(use('a'), use('b')),
        user(result('a', 'A'), result('a', 'again'), result('x', 'lost'), text('go on')),
      ),
    ).toEqual([
      { role: 'user', content: 'list' },
      { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
      tool('a', 'A'),
      tool('b', '[interrupted]'),
      { role: 'user', content: '[Result of a tool] again\n[Result of a tool] lost\ngo on' },
    ])
  })

  test('give their pictures to the message of the user that follows', () => {
    const picture = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } }
    expect(listMessages(user(text('look')), assistant(use('a')), user(result('a', [text('A'), picture])))).toEqual([
      { role: 'user', content: 'look' },
      { role: 'assistant', content: null, tool_calls: [call('a')] },
      tool('a', 'A\n[The attachment of this result follows.]'),
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } }] },
    ])
  })
})

describe('the turns of the assistant', () => {
  test('keep the ids that a provider gave its calls, whatever characters they have', () => {
    const [, , { tool_calls: calls } = {}] = listMessages(
      user(text('a')),
      assistant(use('plain_1-A')),
      user(result('plain_1-A', 'x')),
      assistant(use('cbgw_ZnVuY3Rpb25zLmxzOjA')),
      user(result('cbgw_ZnVuY3Rpb25zLmxzOjA', 'y')),
    ) as { tool_calls?: unknown }[]
    expect(calls).toBeUndefined()
    expect(
      listMessages(
        user(text('a')),
        assistant(use('cbgw_ZnVuY3Rpb25zLmxzOjA')),
        user(result('cbgw_ZnVuY3Rpb25zLmxzOjA', 'y')),
      ),
    ).toMatchObject([{}, { tool_calls: [{ id: 'functions.ls:0' }] }, { tool_call_id: 'functions.ls:0' }])
  })

  test('are one if they follow one another', () => {
    expect(
      listMessages(user(text('a')), assistant(use('a')), assistant(use('b')), user(result('a', 'A'), result('b', 'B'))),
    ).toMatchObject([{}, { tool_calls: [call('a'), call('b')] }, tool('a', 'A'), tool('b', 'B')])
  })
})
