import { describe, expect, test } from '@jest/globals'
import { json, type ReceivedRequest, type Step, sse } from '../../../testing/stand-ins/provider.ts'
import { readMessage } from '../../support/read-message.ts'
import { chunk, done, startMessages, usageEvent } from '../../support/start-messages.ts'

/** Faults that other gateways had when they translated this wire. Each row of the list has a number here, in its order. */

const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 }
const stop = [chunk({}, 'stop'), usageEvent(usage), done]

const piece = (index: number, args: string, start: object = {}): object => ({
  index,
  ...start,
  function: { ...('id' in start && { name: 'ls' }), arguments: args },
})
const begin = (index: number, args = ''): object => piece(index, args, { id: `call_${index}`, type: 'function' })
const calls = (...pieces: object[]): string => chunk({ tool_calls: pieces })

const tools = [{ name: 'ls', input_schema: { type: 'object', properties: {} } }]

const read = async (...steps: Step[]) => {
  const { post } = await startMessages(() => sse(...steps))
  return readMessage(await (await post({ stream: true, tools })).text())
}

/** Sends a request and returns the body that the provider got. */
const send = async (body: object, entry: object = {}): Promise<ReceivedRequest['body']> => {
  const { post, provider } = await startMessages(
    () => json({ choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }], usage }),
    { m: entry },
  )
  expect((await post(body)).status).toBe(200)
  return provider.requests[0]?.body ?? {}
}

const user = (...content: object[]) => ({ role: 'user', content })
const text = (said: string) => ({ type: 'text', text: said })

describe('a fault of other gateways is none here', () => {
  test('1: indexes have no hole, none is used twice, and none is closed that was not opened (R180)', async () => {
    const { blocks, complete } = await read(
      chunk({ reasoning_content: 'a' }),
      chunk({ content: 'b' }),
      calls(begin(3, '{"a":1}')),
      chunk({ content: 'c' }),
      chunk({ reasoning_content: 'd' }),
      calls(begin(7, '{"b":2}')),
      ...stop,
    )
    expect(blocks.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use', 'text', 'thinking', 'tool_use'])
    expect(complete).toBe(true)
  })

  test('2: parallel calls are all there, each with its own arguments', async () => {
    const { blocks } = await read(
      calls(begin(0), begin(1)),
      calls(piece(1, '{"b":')),
      calls(piece(0, '{"a":1}'), piece(1, '2}')),
      ...stop,
    )
    expect(blocks.map(({ id, text: input }) => [id, input])).toEqual([
      ['call_0', '{"a":1}'],
      ['call_1', '{"b":2}'],
    ])
  })

  test('3: thoughts are sent back, failed results marked, serial calls asked for, and pictures in results kept', async () => {
    const { post } = await startMessages(() =>
      json({ choices: [{ message: { content: 'ok', reasoning_content: 'Hm.' }, finish_reason: 'stop' }], usage }),
    )
    const { content } = (await (await post()).json()) as { content: object[] }
    const picture = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } }
    const { messages, parallel_tool_calls: isParallel } = await send({
      tools,
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      messages: [
        user(text('hi')),
        { role: 'assistant', content: [...content, { type: 'tool_use', id: 'a', name: 'ls', input: {} }] },
        user({ type: 'tool_result', tool_use_id: 'a', is_error: true, content: [text('no such file'), picture] }),
      ],
    })
    expect(isParallel).toBe(false)
    expect(messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'ok', reasoning_content: 'Hm.', tool_calls: [{ id: 'a' }] },
      { role: 'tool', content: expect.stringMatching(/^Error: no such file/) },
      { role: 'user', content: [{ type: 'image_url' }] },
    ])
  })

  test('3: thoughts of another gateway or vendor are not sent to a chat', async () => {
    const foreign = { type: 'thinking', thinking: 'Secret.', signature: 'EqQBCgIYAhIM' }
    const { messages } = await send({
      messages: [user(text('a')), { role: 'assistant', content: [foreign, text('b')] }, user(text('c'))],
    })
    expect(messages).toEqual([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ])
  })

  test('4: text beside calls, pictures by URL, the choice of a tool, and all calls of the first chunk are kept', async () => {
    const source = { type: 'url', url: 'https://example.com/a.png' }
    const { messages, tool_choice: choice } = await send({
      tools,
      tool_choice: { type: 'tool', name: 'ls' },
      messages: [
        user({ type: 'image', source }),
        { role: 'assistant', content: [text('Look.'), { type: 'tool_use', id: 'a', name: 'ls', input: {} }] },
        user({ type: 'tool_result', tool_use_id: 'a', content: 'x' }),
      ],
    })
    expect(choice).toEqual({ type: 'function', function: { name: 'ls' } })
    expect(messages).toMatchObject([
      { content: [{ type: 'image_url', image_url: { url: source.url } }] },
      { content: 'Look.', tool_calls: [{ id: 'a' }] },
      { role: 'tool' },
    ])
    const { blocks } = await read(calls(begin(0, '{"a":1}'), begin(1, '{"b":2}')), ...stop)
    expect(blocks.map(({ text: input }) => input)).toEqual(['{"a":1}', '{"b":2}'])
  })

  test('5: the usage is in the stream, even if the provider states none', async () => {
    const { events, usage: stated } = await read(chunk({ content: 'a' }, 'stop'), done)
    expect(events[0]?.message?.['usage']).toMatchObject({ input_tokens: expect.any(Number), output_tokens: 1 })
    expect(stated).toMatchObject({ input_tokens: expect.any(Number), output_tokens: expect.any(Number) })
  })

  test('6: a call of an earlier turn keeps its name', async () => {
    const { messages } = await send({
      tools,
      messages: [
        user(text('a')),
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'ls', input: {} }] },
        user({ type: 'tool_result', tool_use_id: 'a', content: '' }),
      ],
    })
    expect(messages).toMatchObject([{}, { tool_calls: [{ function: { name: 'ls' } }] }, { content: '[no output]' }])
  })

  test('7: no other field of a tool gets into the schema of its input', async () => {
    const schema = { type: 'object', properties: { type: { type: 'string' } }, required: ['type'] }
    const tool = {
      ...{ type: 'custom', name: 'ls', description: 'Lists.', input_schema: schema, strict: true },
      ...{
        cache_control: { type: 'ephemeral' },
        defer_loading: true,
        input_examples: [{}],
        allowed_callers: ['direct'],
      },
    }
    const { tools: sent } = await send({ tools: [tool, { name: 'now', input_schema: { type: 'object' } }] })
    expect(sent).toEqual([
      { type: 'function', function: { name: 'ls', description: 'Lists.', parameters: schema, strict: true } },
      { type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } },
    ])
  })

  test('8 and 9: five marks for the cache delete no block, and none reaches a chat', async () => {
    const marked = (said: string) => ({ ...text(said), cache_control: { type: 'ephemeral' } })
    const body = await send({
      system: [marked('s1'), marked('s2')],
      messages: [
        user(marked('a')),
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 't', signature: 'cbgw1.x', cache_control: { type: 'ephemeral' } },
            marked('b'),
          ],
        },
        user(marked('c')),
      ],
    })
    expect(body['messages']).toEqual([
      { role: 'system', content: 's1\ns2' },
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b', reasoning_content: 't' },
      { role: 'user', content: 'c' },
    ])
  })

  test('10: requests that run side by side share nothing', async () => {
    const { post } = await startMessages(({ body }) => {
      const [{ content: said } = {}] = body['messages'] as { content?: string }[]
      return sse(...[...`${said}`].map((one) => chunk({ content: one })), calls(begin(0, `{"n":${said}}`)), ...stop)
    })
    const ask = async (said: string) =>
      readMessage(await (await post({ stream: true, tools, messages: [{ role: 'user', content: said }] })).text())
    const names = Array.from({ length: 20 }, (_, index) => String(index * 1_111))
    const replies = await Promise.all(names.map(ask))
    expect(replies.map(({ blocks }) => blocks.map(({ text: said }) => said))).toEqual(
      names.map((name) => [name, `{"n":${Number(name)}}`]),
    )
  })

  test('11: the limit on tokens is that of the entry, and ids are unique if the provider sends none', async () => {
    expect(await send({ max_tokens: 32_000 }, { max_tokens: 8_192 })).toMatchObject({ max_tokens: 8_192 })
    const { post } = await startMessages(() =>
      json({ choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }], usage }),
    )
    const replies = await Promise.all([1, 2, 3].map(async () => (await post()).json() as Promise<{ id: string }>))
    const ids = replies.map(({ id }) => id)
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^msg_[\w-]+$/)
  })

  test('12: a stream that cannot be read ends with an error event, never in silence', async () => {
    const { complete, error } = await read(chunk({ content: 'a' }), 'data: {"choices":[{"index":0,"delta":{"con\n\n')
    expect([complete, error?.type]).toEqual([false, 'api_error'])
  })
})
