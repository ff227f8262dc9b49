import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type BuiltGateway, builtGateway } from '../../testing/servers/built-gateway.ts'
import { json, type Script, sse } from '../../testing/stand-ins/provider.ts'

const answer =
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}\n\n'
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const whole = {
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
}
const thinking = (): Script => sse(wait(1_400), answer, 'data: [DONE]\n\n')

async function* endless(chunk: string): AsyncGenerator<string> {
  for (let count = 0; count < 1_000; count++) {
    yield chunk
    await wait(5)
  }
}

let script: () => Script = thinking
let gateway: BuiltGateway

beforeAll(async () => {
  gateway = await builtGateway({ answer: () => script(), environment: { STREAM_KEEPALIVE_SECONDS: '1' } })
})

afterAll(() => gateway.close())

describe('a stream whose model thinks longer than STREAM_KEEPALIVE_SECONDS', () => {
  test('sends a comment before the first event', async () => {
    const body = await (await gateway.call({ stream: true })).text()
    expect(body).toBe(`: keep-alive\n\n${answer}data: [DONE]\n\n`)
  })

  test('sends no comment to a client with x-stream-keepalive: off', async () => {
    const response = await gateway.call({ stream: true }, { headers: { 'x-stream-keepalive': 'off' } })
    expect(await response.text()).toBe(`${answer}data: [DONE]\n\n`)
  })
})

/** Starts a call, leaves it after `waitMs` milliseconds and returns a check of its connection to the provider. */
const leave = async (body: object, waitMs: number): Promise<() => boolean> => {
  const seen = gateway.provider.requests.length
  const leaving = new AbortController()
  const call = gateway
    .call(body, { signal: leaving.signal })
    .then((response) => response.text())
    .catch(() => undefined)
  while (gateway.provider.requests.length === seen) await wait(5)
  await wait(waitMs)
  let isClosed = false
  void gateway.provider.requests[seen]?.closed.then(() => {
    isClosed = true
  })
  leaving.abort()
  await call
  return () => isClosed
}

/** The number of later calls within which the gateway must close the connection. Each takes a few milliseconds, or longer on a busy
 *  machine. */
const maxLaterCalls = 20

describe('a client that leaves', () => {
  const chunk = answer.replace('"stop"', 'null')

  test.each([
    ['before the first event', { stream: true }, () => ({ raw: true, body: ['hang'] })],
    ['while it gets comments', { stream: true }, () => sse('hang'), 1_300],
    ['in the middle of a stream', { stream: true }, () => sse(chunk, chunk, 'hang')],
    ['while the provider never stops', { stream: true }, () => ({ ...sse(), body: endless(chunk) })],
    ['before a whole response', {}, () => ({ raw: true, body: ['hang'] })],
    ['in the middle of a whole response', {}, () => ({ body: ['{"choices":[', 'hang'] })],
  ] as [string, object, () => Script, number?][])(
    'makes the gateway close the connection to the provider %s (R22)',
    async (_name, body, hanging, waitMs = 50) => {
      script = hanging
      const isClosed = await leave(body, waitMs)
      script = () => json(whole)
      for (let count = 0; count < maxLaterCalls && !isClosed(); count++) await (await gateway.call({})).text()
      // A provider of a whole response has 5 s to end and state its usage.
      const isWhole = !('stream' in body)
      for (let tries = 0; isWhole && tries < 400 && !isClosed(); tries++) await wait(50)
      expect(isClosed()).toBe(true)
    },
    40_000,
  )
})
