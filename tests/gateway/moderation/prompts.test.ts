import { describe, expect, test } from '@jest/globals'
import type { APIError } from 'openai'
import { type OperationName, operations } from '../../../shared/protocol/operations.ts'
import { json, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { onCleanup } from '../../support/on-cleanup.ts'
import { startGuarded } from '../../support/start-guarded.ts'

const words = { MODERATION: 'words', MODERATION_WORDS: '坏词\n[ads]\nbuy now' }

/** A request of each operation that holds a text. A new operation does not compile without a row. */
const requests: Readonly<Record<OperationName, (text: string) => object>> = {
  'chat/completions': (text) => ({ messages: [{ role: 'user', content: text }] }),
  completions: (text) => ({ prompt: text }),
  embeddings: (text) => ({ input: text }),
  rerank: (text) => ({ query: 'q', documents: ['a', text] }),
  responses: (text) => ({ input: [{ role: 'user', content: [{ type: 'input_text', text }] }] }),
  messages: (text) => ({ max_tokens: 10, messages: [{ role: 'user', content: text }] }),
}

const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, text: 'hi', finish_reason: 'stop' }]
const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }
const data = [{ index: 0, embedding: [1, 2] }]
const results = [{ index: 0, relevance_score: 1 }]
const answer = () => json({ choices, data, results, usage })

const post = async (url: string, body: object) => {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe.each(Object.keys(operations) as OperationName[])('a request for %s', (operation) => {
  const path = operations[operation].paths[0]

  test('is refused before its provider is called if it holds a listed word, costs nothing and is recorded (R111)', async () => {
    const { url, provider, records } = await startGuarded(operation, answer, { environment: words })
    const blocked = await post(`${url}${path}`, { model: 'm', ...requests[operation]('这是 坏\u200b词 啊') })
    expect(blocked).toMatchObject({ status: 400, body: { error: { code: 'content_policy_violation' } } })
    expect(JSON.stringify(blocked)).not.toContain('词')
    expect(provider.requests).toHaveLength(0)
    expect(records).toMatchObject([
      {
        points: 0,
        usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
        metadata: {
          outcome: 'filtered',
          estimated: false,
          safety: { verdict: 'block', part: 'prompt', by: 'words', label: 'words' },
        },
      },
    ])
    expect(JSON.stringify(records)).not.toContain('词')
  })

  test('is served if it holds none, and its record says that it has passed', async () => {
    const { url, records } = await startGuarded(operation, answer, { environment: words })
    expect((await post(`${url}${path}`, { model: 'm', ...requests[operation]('fine') })).status).toBe(200)
    expect(records[0]?.metadata['safety']).toEqual({ verdict: 'pass', part: 'prompt', by: 'words' })
  })
})

describe('a check of chats', () => {
  const user = (content: unknown) => ({ role: 'user', content })
  const tool = { type: 'function', function: { name: 'f', description: 'x', parameters: { type: 'object' } } }
  const dataUrl = `data:text/plain;base64,${Buffer.from('a 坏词 b').toString('base64')}`
  test.each<[string, object, string]>([
    ['a system message', { messages: [{ role: 'system', content: '坏词' }, user('hi')] }, 'messages.0.content'],
    ['an earlier turn', { messages: [user('坏词'), user('hi')] }, 'messages.0.content'],
    [
      'an earlier answer',
      { messages: [user('hi'), { role: 'assistant', content: '坏词' }, user('hi')] },
      'messages.1.content',
    ],
    [
      'a tool result',
      { messages: [user('hi'), { role: 'tool', tool_call_id: '1', content: '坏词' }] },
      'messages.1.content',
    ],
    [
      'arguments of an earlier call',
      {
        messages: [
          user('hi'),
          {
            role: 'assistant',
            tool_calls: [{ id: '1', type: 'function', function: { name: 'f', arguments: '{"a":"坏词"}' } }],
          },
        ],
      },
      'messages.1.tool_calls.0.function.arguments',
    ],
    ['a part', { messages: [user([{ type: 'text', text: '坏词' }])] }, 'messages.0.content.0.text'],
    [
      'two parts that the model reads as one text',
      {
        messages: [
          user([
            { type: 'text', text: '坏' },
            { type: 'text', text: '词' },
          ]),
        ],
      },
      'messages.0.content.0.text',
    ],
    [
      'the description of a tool',
      { messages: [user('hi')], tools: [{ ...tool, function: { ...tool.function, description: '坏词' } }] },
      'tools.0.function.description',
    ],
    [
      'the name of an argument',
      {
        messages: [user('hi')],
        tools: [{ ...tool, function: { name: 'f', parameters: { type: 'object', properties: { 坏词: {} } } } }],
      },
      'tools.0.function.parameters.properties',
    ],
    [
      'a schema of the answer',
      { messages: [user('hi')], response_format: { type: 'json_schema', json_schema: { name: '坏词', schema: {} } } },
      'response_format.json_schema.name',
    ],
    [
      'a text file',
      { messages: [user([{ type: 'file', file: { file_data: dataUrl } }])] },
      'messages.0.content.0.file.file_data',
    ],
    ['the name of a user', { messages: [{ ...user('hi'), name: '坏词' }] }, 'messages.0.name'],
    [
      'a field that the gateway does not know',
      { messages: [user('hi')], prediction: { content: '坏词' } },
      'prediction.content',
    ],
  ])('sees %s and names its place', async (_, fields, param) => {
    const { client, provider } = await startGuarded('chat/completions', answer, { environment: words })
    const error = (await client.chat.completions
      .create({ model: 'm', messages: [], ...fields })
      .catch((thrown: unknown) => thrown)) as APIError
    expect(error).toMatchObject({ status: 400, code: 'content_policy_violation', param, type: 'invalid_request_error' })
    expect(provider.requests).toHaveLength(0)
  })

  test.each<[string, object]>([
    ['a model whose name holds a word', { model: 'm', messages: [user('坏')] }],
    ['a word over two messages', { messages: [user('坏'), user('词')] }],
  ])('passes %s', async (_, fields) => {
    const { client } = await startGuarded('chat/completions', answer, { environment: words })
    await client.chat.completions.create({ model: 'm', messages: [], ...fields })
  })

  test('says in the record that it has not seen a picture', async () => {
    const { client, records } = await startGuarded('chat/completions', answer, { environment: words })
    const picture = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,aGk=' } }
    await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: [picture] }] })
    expect(records[0]?.metadata['safety']).toEqual({
      verdict: 'unchecked',
      part: 'prompt',
      by: 'words',
      label: 'attachment',
    })
  })
})

test.each<[OperationName, string]>([
  ['chat/completions', '{"model":"m","messages":[{"role":"user","content":"坏词","content":"hi"}],"seed":1}'],
  ['responses', '{"model":"m","input":[{"role":"user","content":"坏词","content":"hi"}]}'],
  ['messages', '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"坏词","content":"hi"}]}'],
  ['rerank', '{"model":"m","query":"q","documents":["a",{"text":"坏词","text":"hi"}]}'],
])('of two fields with one name the provider gets the one that was checked, in %s (R111)', async (operation, body) => {
  // The wires of Messages and Responses reach a provider that speaks them as they are.
  const native = await scriptedProvider(answer)
  onCleanup(native.close)
  const entry = { messages_base: native.url, responses_base: native.url }
  const { url, provider } = await startGuarded(operation, answer, { environment: words, entry })
  await fetch(url + operations[operation].paths[0], { method: 'POST', body })
  const requests = [...provider.requests, ...native.requests]
  expect(requests).toHaveLength(1)
  expect(requests[0]?.text).toContain('hi')
  expect(requests[0]?.text).not.toContain('坏词')
})

describe('tokens in place of a text', () => {
  const prompt = { model: 'm', prompt: [1, 2, 3] }

  test('are refused, because nothing can read them', async () => {
    const { client, provider } = await startGuarded('completions', answer, { environment: words })
    await expect(client.completions.create(prompt)).rejects.toMatchObject({ status: 400, param: 'prompt' })
    expect(provider.requests).toHaveLength(0)
  })

  test('are served unchecked with MODERATION_FAIL_OPEN, and never count as passed (R112)', async () => {
    const environment = { ...words, MODERATION_FAIL_OPEN: 'true' }
    const { client, records } = await startGuarded('completions', answer, { environment })
    await client.completions.create(prompt)
    expect(records[0]?.metadata['safety']).toMatchObject({ verdict: 'unchecked', label: 'tokens' })
  })
})

describe('a sentence of the owner in place of a blocked reply', () => {
  const environment = { ...words, MODERATION_REFUSAL: '抱歉，我不能回答这个问题。' }
  const messages = [{ role: 'user' as const, content: 'buy now' }]

  test('is an ordinary whole reply (R113)', async () => {
    const { client, provider, records } = await startGuarded('chat/completions', answer, { environment })
    const reply = await client.chat.completions.create({ model: 'm', messages })
    expect(reply).toMatchObject({
      object: 'chat.completion',
      model: 'm',
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: '抱歉，我不能回答这个问题。' } },
      ],
      usage: { total_tokens: 0 },
    })
    expect(provider.requests).toHaveLength(0)
    expect(records).toMatchObject([{ points: 0, metadata: { outcome: 'filtered', safety: { label: 'ads' } } }])
  })

  test('is an ordinary stream (R113)', async () => {
    const { client, records } = await startGuarded('chat/completions', () => sse(), { environment })
    const stream = client.chat.completions.stream({ model: 'm', messages, stream_options: { include_usage: true } })
    const reply = await stream.finalChatCompletion()
    expect(reply.choices).toMatchObject([{ finish_reason: 'stop', message: { content: '抱歉，我不能回答这个问题。' } }])
    expect(reply.usage).toMatchObject({ total_tokens: 0 })
    expect(records).toMatchObject([{ points: 0, metadata: { outcome: 'filtered', stream: true } }])
  })

  test('is a completion, whole and streamed', async () => {
    const { client } = await startGuarded('completions', answer, { environment })
    const whole = await client.completions.create({ model: 'm', prompt: 'buy now' })
    expect(whole.choices).toMatchObject([{ text: '抱歉，我不能回答这个问题。', finish_reason: 'stop' }])
    let text = ''
    for await (const chunk of await client.completions.create({ model: 'm', prompt: 'buy now', stream: true }))
      text += chunk.choices[0]?.text
    expect(text).toBe('抱歉，我不能回答这个问题。')
  })

  test('is an error if a reply holds no text', async () => {
    const { client } = await startGuarded('embeddings', answer, { environment })
    await expect(client.embeddings.create({ model: 'm', input: 'buy now' })).rejects.toMatchObject({ status: 400 })
  })
})

describe('a check that is not set up', () => {
  test.each<[Record<string, string>, string]>([
    [{ MODERATION: 'word' }, 'MODERATION must be one of'],
    [{ MODERATION: 'words' }, 'MODERATION_WORDS holds no word.'],
    [
      { MODERATION: 'words', MODERATION_WORDS_FILE: '/nowhere' },
      'MODERATION_WORDS_FILE names a file that cannot be read.',
    ],
  ])('with %j serves no call, says why in the log, and records each (R112)', async (environment, help) => {
    const { client, provider, records, lines } = await startGuarded('chat/completions', answer, { environment })
    const messages = [{ role: 'user' as const, content: 'hi' }]
    await expect(client.chat.completions.create({ model: 'm', messages })).rejects.toMatchObject({
      status: 503,
      code: 'gateway_misconfigured',
    })
    expect(provider.requests).toHaveLength(0)
    expect(records).toMatchObject([{ points: 0, metadata: { outcome: 'filtered', safety: { verdict: 'unchecked' } } }])
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: 'moderation_misconfigured',
        fields: { help: expect.stringContaining(help) },
      }),
    )
  })

  test('serves calls with MODERATION_FAIL_OPEN, and their records say that nothing was checked (R112)', async () => {
    const environment = { MODERATION: 'words', MODERATION_FAIL_OPEN: 'true' }
    const { client, records } = await startGuarded('chat/completions', answer, { environment })
    await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })
    expect(records).toMatchObject([
      { metadata: { outcome: 'complete', safety: { verdict: 'unchecked', label: 'misconfigured' } } },
    ])
  })
})
