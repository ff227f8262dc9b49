import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

interface WxRequest {
  readonly url: string
  readonly header: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, unknown>>
  readonly success: (result: { statusCode: number }) => void
  readonly fail: (result: { errMsg: string }) => void
}

type OnChunk = (chunk: { data: ArrayBuffer }) => void

const { chatStream } = createRequire(__filename)('../../examples/miniprogram/chat-stream.js') as {
  chatStream: (options: {
    url: string
    token: string
    body: object
    onText: (text: string) => void
    onDone: () => void
    onError: (error: Error) => void
  }) => { readonly abort: () => void }
}

/** The part of the mini program platform that the example uses. */
let request: WxRequest
let onChunk: OnChunk
const platform = globalThis as { wx?: object | undefined }

beforeEach(() => {
  platform.wx = {
    request: (options: WxRequest) => {
      request = options
      const abort = (): void => options.fail({ errMsg: 'request:fail abort' })
      return { onChunkReceived: (listener: OnChunk) => (onChunk = listener), abort }
    },
  }
})

afterEach(() => {
  platform.wx = undefined
})

const startChat = () => {
  const received = { text: '', done: 0, errors: [] as string[] }
  const task = chatStream({
    url: 'https://gateway.example.com/v1/chat/completions',
    token: 'token-1',
    body: { model: 'glm-4.5', messages: [] },
    onText: (text) => (received.text += text),
    onDone: () => received.done++,
    onError: (error) => received.errors.push(error.message),
  })
  return { received, task }
}

const startRequest = () => startChat().received

const send = (bytes: Uint8Array): void => onChunk({ data: Uint8Array.from(bytes).buffer })
const event = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
const answer = Buffer.from(`: keep-alive\n\n${event('你好，')}${event('👋世界')}data: [DONE]\n\n`)

describe('the mini program example', () => {
  test('sends the user’s token and asks for a stream', () => {
    startRequest()
    expect(request.header).toMatchObject({ Authorization: 'Bearer token-1' })
    expect(request.data).toEqual({ model: 'glm-4.5', messages: [], stream: true })
  })

  test('decodes Chinese correctly wherever the platform cuts the bytes', () => {
    for (let cut = 0; cut <= answer.length; cut++) {
      const received = startRequest()
      send(answer.subarray(0, cut))
      send(answer.subarray(cut))
      request.success({ statusCode: 200 })
      expect(received).toEqual({ text: '你好，👋世界', done: 1, errors: [] })
    }
  })

  test('decodes Chinese correctly byte by byte', () => {
    const received = startRequest()
    for (const byte of answer) send(Uint8Array.of(byte))
    expect(received.text).toBe('你好，👋世界')
  })

  test('reports an error event, an error reply with its message, a cut stream and a lost network', () => {
    const midway = startRequest()
    send(Buffer.from(`${event('你')}data: {"error":{"message":"The provider broke off its response. Try again."}}\n\n`))
    expect(midway).toEqual({ text: '你', done: 0, errors: ['The provider broke off its response. Try again.'] })

    const refused = startRequest()
    send(Buffer.from(JSON.stringify({ error: {}, code: 'X', message: '请先登录' })))
    request.success({ statusCode: 401 })
    expect(refused.errors).toEqual(['请先登录'])

    const cut = startRequest()
    send(Buffer.from(event('你')))
    request.success({ statusCode: 200 })
    expect(cut).toMatchObject({ text: '你', done: 0, errors: [expect.any(String)] })

    const lost = startRequest()
    request.fail({ errMsg: 'request:fail' })
    expect(lost.errors).toEqual(['request:fail'])
  })

  test('calls nothing more after abort', () => {
    const { received, task } = startChat()
    send(Buffer.from(event('你')))
    task.abort()
    send(Buffer.from(`${event('好')}data: [DONE]\n\n`))
    expect(received).toEqual({ text: '你', done: 0, errors: [] })
  })
})
