import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Script, sse } from '../stand-ins/provider.ts'
import { type BuiltGateway, builtGateway } from '../support/built-gateway.ts'

const answer =
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}\n\n'
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const thinking = (): Script => sse(later(1_400), answer, 'data: [DONE]\n\n')

async function* endless(chunk: string): AsyncGenerator<string> {
  for (let count = 0; count < 1_000; count++) {
    yield chunk
    await later(5)
  }
}

let script: Script | undefined
let gateway: BuiltGateway

beforeAll(async () => {
  gateway = await builtGateway({ answer: () => script ?? thinking(), environment: { STREAM_KEEPALIVE_SECONDS: '1' } })
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

describe('a client that leaves closes the connection to the provider within 100 ms', () => {
  const chunk = answer.replace('"stop"', 'null')

  test.each([
    ['before the first event', { stream: true }, { raw: true, body: ['hang'] }],
    ['while it gets comments', { stream: true }, sse('hang'), 1_300],
    ['in the middle of a stream', { stream: true }, sse(chunk, chunk, 'hang')],
    ['while the provider never stops', { stream: true }, { ...sse(), body: endless(chunk) }],
    ['before a whole answer', {}, { raw: true, body: ['hang'] }],
    ['in the middle of a whole answer', {}, { body: ['{"choices":[', 'hang'] }],
  ] as [string, object, Script, number?][])('%s', async (_name, body, hanging, waitMs = 50) => {
    script = hanging
    const seen = gateway.provider.requests.length
    const leaving = new AbortController()
    const gone = gateway
      .call(body, { signal: leaving.signal })
      .then((response) => response.text())
      .catch(() => undefined)
    while (gateway.provider.requests.length === seen) await later(5)
    await later(waitMs)
    const leftAt = performance.now()
    leaving.abort()
    await gateway.provider.requests[seen]?.closed
    expect(performance.now() - leftAt).toBeLessThan(100)
    await gone
  })
})
