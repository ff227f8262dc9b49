import { describe, expect, test } from '@jest/globals'
import { startTinyModel } from '../../scripts/tiny-model/server/upstream.ts'
import { createClient, messages, post, tinyServer } from './tiny-client.ts'

const server = tinyServer()

describe('the model list of the embedded model', () => {
  test('names one model', async () => {
    const models = await server.client.models.list()
    expect(models.data.map(({ id }) => id)).toEqual(['tiny'])
    expect(await server.client.models.retrieve('tiny')).toMatchObject({ id: 'tiny', object: 'model' })
  })

  test('rejects any other model with 404 model_not_found, in the list and in a completion', async () => {
    const expected = { status: 404, code: 'model_not_found', param: 'model' }
    await expect(server.client.models.retrieve('gpt-4o')).rejects.toMatchObject(expected)
    await expect(
      server.client.chat.completions.create({ model: 'gpt-4o', messages: messages('Hi') }),
    ).rejects.toMatchObject(expected)
  })
})

describe('the errors of the embedded model', () => {
  const chat = { model: 'tiny', messages: messages('Hi') }

  test.each<[string, unknown, string, string | null]>([
    ['malformed JSON', '{"model":', 'invalid_json', null],
    ['a body that is not an object', [], 'invalid_request', null],
    ['no model', { messages: messages('Hi') }, 'invalid_request', 'model'],
    ['no messages', { model: 'tiny' }, 'invalid_request', 'messages'],
    ['an empty list of messages', { ...chat, messages: [] }, 'invalid_request', 'messages'],
    ['an unknown role', { ...chat, messages: [{ role: 'king', content: '' }] }, 'invalid_request', 'messages[0].role'],
    [
      'an image',
      { ...chat, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] }] },
      'invalid_request',
      'messages[0].content',
    ],
    ['a temperature that is too high', { ...chat, temperature: 2.5 }, 'invalid_request', 'temperature'],
    ['a top_p above 1', { ...chat, top_p: 1.1 }, 'invalid_request', 'top_p'],
    ['no tokens at all', { ...chat, max_tokens: 0 }, 'invalid_request', 'max_tokens'],
    ['too many choices', { ...chat, n: 5 }, 'invalid_request', 'n'],
    ['too many stop strings', { ...chat, stop: ['a', 'b', 'c', 'd', 'e'] }, 'invalid_request', 'stop'],
    ['an empty stop string', { ...chat, stop: '' }, 'invalid_request', 'stop'],
    ['stream options without a stream', { ...chat, stream_options: {} }, 'invalid_request', 'stream_options'],
    [
      'a prompt longer than the context',
      { ...chat, messages: messages('9'.repeat(600)) },
      'context_length_exceeded',
      null,
    ],
    ['a prompt of a megabyte', { ...chat, messages: messages('a'.repeat(1e6)) }, 'context_length_exceeded', null],
  ])('rejects %s with a 400 that names the field', async (_, body, code, param) => {
    const response = await post(server, '/v1/chat/completions', body)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param, code },
    })
  })

  test('rejects a streamed request with plain JSON as well', async () => {
    const response = await post(server, '/v1/chat/completions', {
      ...chat,
      messages: messages('9'.repeat(600)),
      stream: true,
    })
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('application/json')
  })

  test('rejects a body over 1 MiB with 413', async () => {
    const response = await post(server, '/v1/chat/completions', ' '.repeat(1024 * 1024 + 1))
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ error: { code: 'request_too_large' } })
  })

  test('rejects an unknown path with 404 and a wrong method with 405', async () => {
    const lost = await post(server, '/v1/embeddings', {})
    expect({ status: lost.status, body: await lost.json() }).toMatchObject({
      status: 404,
      body: { error: { code: 'unknown_url' } },
    })
    const wrong = await fetch(`${server.url}/v1/chat/completions`)
    expect({ status: wrong.status, body: await wrong.json() }).toMatchObject({
      status: 405,
      body: { error: { code: 'method_not_allowed' } },
    })
  })
})

describe('the embedded model with an API key', () => {
  test('accepts only requests with that key', async () => {
    const guarded = await startTinyModel({ apiKey: 'right' })
    try {
      const expected = { status: 401, code: 'invalid_api_key' }
      await expect(createClient(guarded, 'wrong').models.list()).rejects.toMatchObject(expected)
      const bare = await fetch(`${guarded.url}/v1/models`)
      expect(bare.status).toBe(401)
      expect((await createClient(guarded, 'right').models.list()).data).toHaveLength(1)
    } finally {
      await guarded.close()
    }
  })
})
