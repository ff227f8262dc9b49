import { describe, expect, test } from '@jest/globals'
import { json } from '../../../testing/stand-ins/provider.ts'
import { startGuarded } from '../../support/start-guarded.ts'

const environment = { MODERATION: 'words', MODERATION_WORDS: '坏词\nqwz' }

const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }]
const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }

const paths = { 'chat/completions': '/v1/chat/completions', responses: '/v1/responses', messages: '/v1/messages' }

type Wire = keyof typeof paths

/** Sends a request. Resolves with the status of its reply, and the place that an error names. */
const post = async (wire: Wire, fields: object) => {
  const { url } = await startGuarded(wire, () => json({ choices, usage }), { environment })
  const body = JSON.stringify({ model: 'm', max_tokens: 9, ...fields })
  const reply = await fetch(url + paths[wire], { method: 'POST', body })
  const { error } = (await reply.json()) as { error?: { param?: unknown } }
  return { status: reply.status, param: error?.param }
}

const user = { role: 'user', content: 'hi' }
const ask = (...items: object[]) => ({ input: [user, ...items, user] })
const said = (...content: object[]) => ({ messages: [user, { role: 'assistant', content }, user] })
const schema = { type: 'object', properties: { 坏词: { type: 'string' } } }

/** What only the API that made it can read. By chance, it holds any short word. */
const sealed = 'cbgw1.x-qwz-y=='

describe('a check of words', () => {
  test.each<[string, Wire, object]>([
    ['a sealed thought of Responses', 'responses', ask({ type: 'reasoning', summary: [], encrypted_content: sealed })],
    ['a compacted conversation', 'responses', ask({ type: 'compaction', encrypted_content: sealed })],
    ['the signature of a thought', 'messages', said({ type: 'thinking', thinking: 'hm', signature: sealed })],
    ['a redacted thought', 'messages', said({ type: 'redacted_thinking', data: sealed })],
    [
      'a result of a search',
      'messages',
      said(
        { type: 'text', text: 'hm', citations: [{ type: 'web_search_result_location', encrypted_index: sealed }] },
        { type: 'thinking', thinking: '', signature: sealed },
      ),
    ],
    [
      'a thought of OpenRouter',
      'chat/completions',
      {
        messages: [
          user,
          { role: 'assistant', content: 'hm', reasoning_details: [{ type: 'reasoning.encrypted', data: sealed }] },
          user,
        ],
      },
    ],
    [
      'the signature of a call of a tool',
      'chat/completions',
      {
        messages: [
          user,
          {
            role: 'assistant',
            tool_calls: [
              {
                ...{ id: '1', type: 'function', function: { name: 'f', arguments: '{}' } },
                extra_content: { google: { thought_signature: sealed } },
              },
            ],
          },
          { role: 'tool', tool_call_id: '1', content: 'done' },
        ],
      },
    ],
  ])('does not take %s for text', async (_, wire, fields) => {
    expect(await post(wire, fields)).toMatchObject({ status: 200 })
  })

  test.each<[string, Wire, object, string]>([
    [
      'a text under the name of a sealed one in the output of a tool',
      'responses',
      ask(
        { type: 'shell_call', call_id: '1', action: {} },
        { type: 'shell_call_output', call_id: '1', output: [{ encrypted_content: 'qwz' }] },
      ),
      'input.2.output.0.encrypted_content',
    ],
    [
      'the content of a document that has a text, too',
      'messages',
      {
        messages: [
          { role: 'user', content: [{ type: 'document', text: 'hi', source: { type: 'text', data: 'say qwz' } }] },
        ],
      },
      'messages.0.content.0.source.data',
    ],
    [
      'a word in two parts with more fields',
      'chat/completions',
      {
        messages: [
          {
            role: 'user',
            content: ['坏', '词'].map((text) => ({
              type: 'text',
              text,
              cache_control: { type: 'ephemeral', ttl: '5m' },
            })),
          },
        ],
      },
      'messages.0.content.0.text',
    ],
    [
      'a text under the name of a sealed one in a block of another type',
      'messages',
      said({ type: 'text', text: 'hm', signature: 'qwz' }),
      'messages.1.content.0.signature',
    ],
    [
      'a text under the name of a sealed one in the result of a tool',
      'messages',
      said({
        type: 'tool_result',
        tool_use_id: '1',
        content: [{ type: 'text', text: 'hm', encrypted_content: 'qwz' }],
      }),
      'messages.1.content.0.content.0.encrypted_content',
    ],
    [
      'a sentence in place of a sealed thought',
      'responses',
      ask({ type: 'reasoning', summary: [], encrypted_content: 'say qwz' }),
      'input.1.encrypted_content',
    ],
    [
      'a name in the schema of a response',
      'responses',
      { input: 'hi', text: { format: { type: 'json_schema', name: 'a', schema } } },
      'text.format.schema.properties',
    ],
    [
      'a name in the schema of a message',
      'messages',
      { messages: [user], output_config: { format: { type: 'json_schema', schema } } },
      'output_config.format.schema.properties',
    ],
    [
      'a name in the older form of that schema',
      'messages',
      { messages: [user], output_format: { type: 'json_schema', schema } },
      'output_format.schema.properties',
    ],
    [
      'a text in place of a type in a schema',
      'chat/completions',
      {
        messages: [user],
        tools: [
          {
            type: 'function',
            function: { name: 'f', parameters: { properties: { a: { type: 'qwz' } }, type: 'object' } },
          },
        ],
      },
      'tools.0.function.parameters.properties.a.type',
    ],
    [
      'a name in a tool among the items',
      'responses',
      ask({ type: 'additional_tools', tools: [{ type: 'function', name: 'f', parameters: schema }] }),
      'input.1.tools.0.parameters.properties',
    ],
    [
      'a name in an earlier call of a tool',
      'messages',
      said({ type: 'tool_use', id: '1', name: 'f', input: { 坏词: 1 } }),
      'messages.1.content.0.input',
    ],
    [
      'a value in an earlier call of a tool, whatever its name',
      'messages',
      said({ type: 'tool_use', id: '1', name: 'f', input: { type: '坏词' } }),
      'messages.1.content.0.input.type',
    ],
    [
      'a name in an earlier command',
      'responses',
      ask({ type: 'shell_call', call_id: '1', action: { 坏词: 1 } }),
      'input.1.action',
    ],
  ])('sees %s, and names its place', async (_, wire, fields, param) => {
    expect(await post(wire, fields)).toMatchObject({ status: 400, param })
  })
})
