import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Script, sse } from '../stand-ins/provider.ts'
import { type BuiltGateway, builtGateway } from '../support/built-chat.ts'

const answer =
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}\n\n'
const thinking = (): Script => sse(new Promise((resolve) => setTimeout(resolve, 1_400)), answer, 'data: [DONE]\n\n')

let gateway: BuiltGateway

beforeAll(async () => {
  gateway = await builtGateway({ answer: thinking, environment: { STREAM_KEEPALIVE_SECONDS: '1' } })
})

afterAll(() => gateway.close())

describe('while a model thinks longer than STREAM_KEEPALIVE_SECONDS', () => {
  test('the client gets a comment, then the answer', async () => {
    const body = await (await gateway.call({ stream: true })).text()
    expect(body).toBe(`: keep-alive\n\n${answer}data: [DONE]\n\n`)
  })

  test('a client that says x-stream-keepalive: off gets the answer alone', async () => {
    const response = await gateway.call({ stream: true }, { headers: { 'x-stream-keepalive': 'off' } })
    expect(await response.text()).toBe(`${answer}data: [DONE]\n\n`)
  })
})

test('a client that leaves closes the connection to the provider within 100 ms', async () => {
  const seen = gateway.provider.requests.length
  const leaving = new AbortController()
  const gone = gateway.call({ stream: true }, { signal: leaving.signal }).catch(() => undefined)
  while (gateway.provider.requests.length === seen) await new Promise((resolve) => setTimeout(resolve, 5))
  const leftAt = performance.now()
  leaving.abort()
  await gateway.provider.requests[seen]?.closed
  expect(performance.now() - leftAt).toBeLessThan(100)
  await gone
})
