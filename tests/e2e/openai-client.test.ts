import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import OpenAI, { NotFoundError } from 'openai'
import { type LocalGateway, startLocalGateway } from '../../testing/servers/start-local-gateway.ts'

let gateway: LocalGateway
let client: OpenAI

beforeAll(async () => {
  gateway = await startLocalGateway()
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'unused-in-development', maxRetries: 0 })
}, 60_000)

afterAll(() => gateway.stop())

const countTo12 = { model: 'tiny', messages: [{ role: 'user' as const, content: 'Count to 12.' }], temperature: 0 }
const oneToTwelve = '1 2 3 4 5 6 7 8 9 10 11 12.'

describe('the official client', () => {
  test('lists the models', async () => {
    const { data } = await client.models.list()
    expect(data).toEqual([{ id: 'tiny', object: 'model', created: expect.any(Number), owned_by: expect.any(String) }])
    expect(await client.models.retrieve('tiny')).toEqual(data[0])
  })

  test('gets a whole chat with the usage of the model', async () => {
    const answer = await client.chat.completions.create(countTo12)
    expect(answer.choices[0]).toMatchObject({
      message: { role: 'assistant', content: oneToTwelve },
      finish_reason: 'stop',
    })
    expect(answer.usage).toMatchObject({ prompt_tokens: 20, completion_tokens: 27, total_tokens: 47 })
  })

  test('gets a streamed chat token by token, without usage if it did not ask for it', async () => {
    const stream = await client.chat.completions.create({ ...countTo12, stream: true })
    const arrivals: number[] = []
    let text = ''
    for await (const chunk of stream) {
      arrivals.push(performance.now())
      text += chunk.choices[0]?.delta.content ?? ''
      expect(chunk).not.toHaveProperty('usage')
      expect(chunk.choices).toHaveLength(1)
    }
    expect(text).toBe(oneToTwelve)
    expect(arrivals.length).toBeGreaterThan(10)
    expect(new Set(arrivals.map(Math.floor)).size).toBeGreaterThan(3)
  })

  test('gets usage in a last chunk of its own if it asks for it', async () => {
    const stream = await client.chat.completions.create({
      ...countTo12,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of stream) chunks.push(chunk)
    const last = chunks.pop()
    expect(last).toMatchObject({ choices: [], usage: { prompt_tokens: 20, completion_tokens: 27, total_tokens: 47 } })
    expect(chunks.every((chunk) => chunk.usage === null)).toBe(true)
    expect(new Set([...chunks, last].map((chunk) => chunk?.id)).size).toBe(1)
  })

  test('gets Chinese text with complete characters', async () => {
    const stream = await client.chat.completions.create({
      model: 'tiny',
      messages: [{ role: 'user', content: '你好' }],
      stream: true,
    })
    const pieces: string[] = []
    for await (const chunk of stream) pieces.push(chunk.choices[0]?.delta.content ?? '')
    expect(pieces.join('')).toBe('你好！我是网关里的小模型。')
    expect(pieces.some((piece) => piece.includes('\uFFFD'))).toBe(false)
  })

  test('gets a text completion', async () => {
    const prompt = '<|im_start|>user\nCount to 12.<|im_end|>\n<|im_start|>assistant\n'
    const whole = await client.completions.create({ model: 'tiny', prompt, max_tokens: 40, temperature: 0 })
    expect(whole).toMatchObject({ object: 'text_completion', choices: [{ text: oneToTwelve, finish_reason: 'stop' }] })
    expect(whole.usage).toMatchObject({ prompt_tokens: 20, completion_tokens: 27, total_tokens: 47 })
    const short = await client.completions.create({ model: 'tiny', prompt, max_tokens: 5, temperature: 0 })
    expect(short.choices[0]?.finish_reason).toBe('length')
    expect(short.usage?.completion_tokens).toBe(5)
  })

  test('gets 404 model_not_found for an unknown model', async () => {
    const asking = client.chat.completions.create({ ...countTo12, model: 'gpt-9' })
    await expect(asking).rejects.toBeInstanceOf(NotFoundError)
    await expect(asking).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
      requestID: expect.any(String),
    })
  })

  test('causes one usage record per completion, with the usage of the provider', async () => {
    const { data, response } = await client.chat.completions.create(countTo12).withResponse()
    const id = response.headers.get('x-request-id')
    expect(gateway.records().filter((record) => record.request_id === id)).toEqual([
      {
        request_id: id,
        user_id: null,
        model: 'tiny',
        usage: data.usage,
        points: 8,
        metadata: expect.objectContaining({
          stream: false,
          estimated: false,
          outcome: 'complete',
          endpoint: 'chat/completions',
        }),
        ts: expect.any(Number),
      },
    ])
    const ids = gateway.records().map((record) => record.request_id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('curl', () => {
  test('streams with the command that the gateway prints', async () => {
    const line = gateway.output().match(/curl -N .*(?:\\\n.*)*/)?.[0] as string
    const { stdout } = await promisify(execFile)('bash', ['-c', line])
    expect(stdout).toMatch(/^data: \{/)
    expect(stdout.trimEnd().endsWith('data: [DONE]')).toBe(true)
  })

  test('streams with the example body of the original', async () => {
    const body = { model: 'tiny', messages: [{ role: 'user', content: '你好' }], stream: true }
    const headers = ['-H', 'Authorization: Bearer <cloudbase_access_token>', '-H', 'Content-Type: application/json']
    const url = `${gateway.url}/v1/chat/completions`
    const { stdout } = await promisify(execFile)('curl', ['-sN', url, ...headers, '-d', JSON.stringify(body)])
    expect(stdout).toContain('data: [DONE]')
  })
})

describe('the paths of the js-sdk', () => {
  test.each(['/ai/custom/v1/chat/completions', '/ai/custom/chat/completions'])('serve chat: %s', async (path) => {
    const reply = await fetch(gateway.url + path, { method: 'POST', body: JSON.stringify(countTo12) })
    expect(await reply.json()).toMatchObject({ object: 'chat.completion' })
  })
})
