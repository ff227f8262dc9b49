import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type BuiltGateway, builtGateway } from '../../testing/servers/built-gateway.ts'
import { type Script, sse } from '../../testing/stand-ins/provider.ts'

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

let script: () => Script = thinking
let gateway: BuiltGateway

beforeAll(async () => {
  gateway = await builtGateway({ answer: () => script(), environment: { STREAM_KEEPALIVE_SECONDS: '1' } })
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

/** Leaves in the middle of a call; resolves, once its connection to the provider is closed, to the milliseconds that took. */
const closingMs = async (body: object, waitMs: number): Promise<number> => {
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
  const ms = performance.now() - leftAt
  await gone
  return ms
}

/** The least of up to five calls: a busy machine may hold up one, a gateway that waits holds up each. */
const quickestClosing = async (body: object, waitMs: number): Promise<number> => {
  let least = Number.POSITIVE_INFINITY
  for (let count = 0; count < 5 && least >= 100; count++) least = Math.min(least, await closingMs(body, waitMs))
  return least
}

describe('a client that leaves closes the connection to the provider within 100 ms (R22)', () => {
  const chunk = answer.replace('"stop"', 'null')

  test.each([
    ['before the first event', { stream: true }, () => ({ raw: true, body: ['hang'] })],
    ['while it gets comments', { stream: true }, () => sse('hang'), 1_300],
    ['in the middle of a stream', { stream: true }, () => sse(chunk, chunk, 'hang')],
    ['while the provider never stops', { stream: true }, () => ({ ...sse(), body: endless(chunk) })],
    ['before a whole answer', {}, () => ({ raw: true, body: ['hang'] })],
    ['in the middle of a whole answer', {}, () => ({ body: ['{"choices":[', 'hang'] })],
  ] as [string, object, () => Script, number?][])('%s', async (_name, body, hanging, waitMs = 50) => {
    script = hanging
    expect(await quickestClosing(body, waitMs)).toBeLessThan(100)
  })
})
