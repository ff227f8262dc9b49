import { describe, expect, test } from '@jest/globals'
import { type ClientError, type ClientOptions, createGateway } from './load-gateway-client.ts'

type Listener = (chunk: unknown) => void

interface Sent {
  readonly name?: string
  readonly url?: string
  readonly path?: string
  readonly method: string
  readonly header: Readonly<Record<string, string>>
  readonly data: string | ArrayBuffer | undefined
  readonly enableChunked: boolean
  readonly timeout?: number
  readonly success: (reply: { statusCode: number; header?: object; data?: unknown }) => void
  readonly fail: (failure: { errMsg: string }) => void
  readonly onChunkedReceived?: Listener
}

/** A platform whose calls the test answers by hand. `chunk` hands a piece to the app. */
const createPlatform = (kind: 'function' | 'request', changed: Partial<ClientOptions> = {}) => {
  const sent: Sent[] = []
  const aborted: number[] = []
  let tickets = 0
  let listener: Listener = () => undefined
  const take = (call: Sent) => {
    const index = sent.push(call) - 1
    return {
      abort: () => aborted.push(index),
      onChunkReceived: (given: Listener): void => {
        listener = given
      },
    }
  }
  const wx = {
    cloud: {
      callFunction: ({ success }: { success: (reply: object) => void }) =>
        success({ result: { ok: true, token: `ticket-${++tickets}`, expires_in: 300 } }),
      ...(kind === 'function' && { callHTTPFunction: take }),
    },
    request: take,
  }
  const chunk = (bytes: unknown): void => {
    const { onChunkedReceived } = sent.at(-1) ?? {}
    if (kind === 'function') onChunkedReceived?.({ data: bytes })
    else listener({ data: bytes })
  }
  const client = createGateway({ wx, env: 'env-1', url: 'https://gateway.example.com/', ...changed })
  return { client, sent, aborted, chunk, last: () => sent.at(-1) as Sent, tickets: () => tickets }
}

const startChat = (platform: ReturnType<typeof createPlatform>, fields: object = {}) => {
  const received = { text: '', thought: '', done: [] as unknown[], errors: [] as ClientError[] }
  const task = platform.client.chat({
    model: 'glm-4.5',
    messages: [{ role: 'user', content: '你好' }],
    onText: (text) => {
      received.text += text
    },
    onThought: (text) => {
      received.thought += text
    },
    onDone: (answer) => received.done.push(answer),
    onError: (error) => received.errors.push(error),
    ...fields,
  })
  return { received, task }
}

const toBuffer = (text: string): ArrayBuffer => Uint8Array.from(Buffer.from(text)).buffer
const event = (delta: object, more: object = {}): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, ...more }] })}\n\n`
const usage = 'data: {"choices":[],"usage":{"total_tokens":7}}\n\n'
const stream = `: keep-alive\n\n${event({ reasoning_content: '想' })}${event({ content: '你好，' })}${event({ content: '👋世界' }, { finish_reason: 'stop' })}${usage}data: [DONE]\n\n`
const answer = { text: '你好，👋世界', thought: '想', finishReason: 'stop', usage: { total_tokens: 7 } }

describe.each(['function', 'request'] as const)('a chat by %s', (kind) => {
  test('sends the ticket in a header of its own and asks for a stream with usage', () => {
    const platform = createPlatform(kind)
    startChat(platform)
    const { header, data, enableChunked, name, path, url, timeout } = platform.last()
    expect(header).toEqual({
      'X-Gateway-Token': 'ticket-1',
      Accept: 'text/event-stream',
      'Content-Type': 'application/json',
    })
    expect(JSON.parse(String(data))).toEqual({
      model: 'glm-4.5',
      messages: [{ role: 'user', content: '你好' }],
      stream: true,
      stream_options: { include_usage: true },
    })
    expect({ enableChunked, timeout }).toEqual({ enableChunked: true, timeout: undefined })
    if (kind === 'function')
      expect({ name, path }).toEqual({ name: 'llm-chat-completions', path: '/v1/chat/completions' })
    else expect(url).toBe('https://gateway.example.com/v1/chat/completions')
  })

  test('is whole wherever the platform cuts it (R99)', () => {
    const bytes = Buffer.from(stream)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const platform = createPlatform(kind)
      const { received } = startChat(platform)
      for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) platform.chunk(Uint8Array.from(piece).buffer)
      platform.last().success({ statusCode: 200 })
      expect(received).toEqual({ text: answer.text, thought: '想', done: [answer], errors: [] })
    }
  })

  test('is read from the body if the device hands over no chunks', () => {
    for (const data of [toBuffer(stream), stream]) {
      const platform = createPlatform(kind)
      const { received } = startChat(platform)
      platform.last().success({ statusCode: 200, data })
      expect(received).toMatchObject({ text: answer.text, done: [answer], errors: [] })
    }
  })

  test('ends once: nothing is called after abort, also if a callback aborts (R99)', () => {
    const platform = createPlatform(kind)
    const { received, task } = startChat(platform)
    platform.chunk(toBuffer(event({ content: '你' })))
    task.abort()
    task.abort()
    platform.chunk(toBuffer(stream))
    platform.last().fail({ errMsg: 'request:fail abort' })
    expect(received).toEqual({ text: '你', thought: '', done: [], errors: [] })
    expect(platform.aborted).toEqual([0])

    const second = createPlatform(kind)
    const { task: running, received: seen } = startChat(second, { onThought: () => running.abort() })
    second.chunk(toBuffer(event({ reasoning_content: '想', content: '你' })))
    expect(seen).toMatchObject({ text: '', done: [], errors: [] })
  })

  test.each(['ACCESS_TOKEN_EXPIRED', 'INVALID_ACCESS_TOKEN'])(
    'gets a new ticket after %s and sends the call once more',
    (code) => {
      const platform = createPlatform(kind)
      const { received } = startChat(platform)
      platform.chunk(toBuffer(JSON.stringify({ error: { message: 'old' }, code, message: 'old' })))
      platform.last().success({ statusCode: 401 })
      expect(platform.last().header['X-Gateway-Token']).toBe('ticket-2')
      platform.chunk(toBuffer(stream))
      platform.last().success({ statusCode: 200 })
      expect(received).toMatchObject({ text: answer.text, errors: [] })
      expect(platform.sent).toHaveLength(2)
    },
  )

  test('reports a second 401, and does not go on', () => {
    const platform = createPlatform(kind)
    const { received } = startChat(platform)
    for (let time = 0; time < 2; time++) {
      platform.chunk(toBuffer('{"code":"INVALID_ACCESS_TOKEN","message":"no"}'))
      platform.last().success({ statusCode: 401 })
    }
    expect(received.errors).toMatchObject([{ code: 'INVALID_ACCESS_TOKEN', status: 401 }])
    expect(platform.sent).toHaveLength(2)
  })

  test('reports errors with code, status, request id and the time to wait', () => {
    const refused = createPlatform(kind)
    const { received } = startChat(refused)
    const body = { error: { message: 'Wait.', code: 'quota_exceeded' }, code: 'QUOTA_EXCEEDED', requestId: 'r-1' }
    refused.chunk(toBuffer(JSON.stringify(body)))
    refused.last().success({ statusCode: 429, header: { 'Retry-After': '60' } })
    expect(received.errors).toEqual([
      { code: 'QUOTA_EXCEEDED', message: 'Wait.', status: 429, requestId: 'r-1', retryAfter: '60' },
    ])

    const midway = createPlatform(kind)
    const { received: half } = startChat(midway)
    midway.chunk(
      toBuffer(`${event({ content: '你' })}data: {"error":{"message":"Try again.","code":"upstream_error"}}\n\n`),
    )
    midway.last().success({ statusCode: 200 })
    expect(half).toMatchObject({ text: '你', done: [], errors: [{ code: 'UPSTREAM_ERROR', message: 'Try again.' }] })

    const cut = createPlatform(kind)
    const { received: broken } = startChat(cut)
    cut.chunk(toBuffer(event({ content: '你' })))
    cut.last().success({ statusCode: 200 })
    expect(broken).toMatchObject({ done: [], errors: [{ code: 'STREAM_CUT' }] })

    const lost = createPlatform(kind)
    const { received: none } = startChat(lost)
    lost.last().fail({ errMsg: 'request:fail timeout' })
    expect(none.errors).toMatchObject([{ code: 'NETWORK', message: 'request:fail timeout' }])

    const page = createPlatform(kind)
    const { received: html } = startChat(page)
    page.chunk(toBuffer('<html>'))
    page.last().success({ statusCode: 502 })
    expect(html.errors).toMatchObject([{ code: 'HTTP_502', status: 502 }])
  })

  test('sends a long body as bytes, because the platform bounds text', () => {
    const platform = createPlatform(kind)
    startChat(platform, { messages: [{ role: 'user', content: '你'.repeat(40_000) }] })
    const { header, data } = platform.last()
    expect(header['Content-Type']).toBe('application/octet-stream')
    expect(data).toBeInstanceOf(ArrayBuffer)
    const text = Buffer.from(data as ArrayBuffer).toString()
    expect(JSON.parse(text)).toMatchObject({ messages: [{ content: '你'.repeat(40_000) }] })
    startChat(platform, { messages: [{ role: 'user', content: 'a'.repeat(80_000) }] })
    expect(typeof platform.last().data).toBe('string')
  })
})

describe('tickets', () => {
  test('are kept until shortly before their end, and shared by calls that wait for one', () => {
    const waiting: ((error: unknown, result?: { token: string; expires_in: number }) => void)[] = []
    const platform = createPlatform('function', { getToken: (done) => waiting.push(done) })
    startChat(platform)
    const { received, task } = startChat(platform)
    task.abort()
    expect(waiting).toHaveLength(1)
    waiting[0]?.(undefined, { token: 'mine', expires_in: 300 })
    startChat(platform)
    expect(platform.sent.map(({ header }) => header['X-Gateway-Token'])).toEqual(['mine', 'mine'])
    expect(received).toMatchObject({ done: [], errors: [] })
  })

  test('fail the call if there are none to be had, and the next call tries again', () => {
    const platform = createPlatform('function', { getToken: (done) => done(new Error('offline')) })
    for (let time = 0; time < 2; time++) {
      const { received } = startChat(platform)
      expect(received.errors).toMatchObject([{ code: 'TICKET_FAILED', message: 'offline' }])
    }
    expect(platform.sent).toEqual([])
  })
})

test('reads a document, such as the wallet', () => {
  const platform = createPlatform('function')
  const documents: unknown[] = []
  platform.client.get('/v1/wallet', { onDone: (document) => documents.push(document) })
  expect(platform.last()).toMatchObject({ name: 'llm-wallet', path: '/v1/wallet', method: 'GET' })
  platform.chunk(toBuffer('{"available":'))
  platform.chunk(toBuffer('12}'))
  platform.last().success({ statusCode: 200 })
  expect(documents).toEqual([{ available: 12 }])
  expect(() => platform.client.get('/v1/unknown', {})).toThrow('No function')
})
