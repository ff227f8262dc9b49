import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type BuiltGateway, builtGateway } from '../../testing/servers/built-gateway.ts'
import { type Script, sse } from '../../testing/stand-ins/provider.ts'
import { readStream } from '../support/read-stream.ts'

/** The message of each timeout. It shows which timeout ended a call. */
const messages = {
  connect: /could not be reached in time/,
  firstByte: /did not begin its response in time/,
  idle: /stopped in the middle/,
  total: /took too long/,
}
const limits = { connect: 250, firstByte: 500, idle: 800, total: 1_600 }

const event = (content: string): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] })}\n\n`

async function* drip(step: string): AsyncGenerator<string> {
  for (let count = 0; count < 40; count++) {
    yield step
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

let script: Script
let silent: Server
let gateway: BuiltGateway

beforeAll(async () => {
  silent = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  gateway = await builtGateway({
    answer: () => script,
    models: { m: {}, silent: { api_base: `https://127.0.0.1:${port}/v1` } },
    environment: {
      UPSTREAM_TIMEOUT_CONNECT: String(limits.connect),
      UPSTREAM_TIMEOUT_FIRST_BYTE: String(limits.firstByte),
      UPSTREAM_TIMEOUT_IDLE: String(limits.idle),
      UPSTREAM_TIMEOUT_TOTAL: String(limits.total),
      STREAM_KEEPALIVE_SECONDS: '0',
    },
  })
})

afterAll(async () => {
  await gateway.close()
  silent.close()
})

/** Sends a call and measures how long it took, in milliseconds. */
const measureCall = async (body: object) => {
  const startedAt = performance.now()
  const reply = await gateway.call(body)
  const text = await reply.text()
  return { reply, text, ms: performance.now() - startedAt }
}

/** The tolerance of timers, in milliseconds. */
const toleranceMs = 20

const whole: Script = { body: drip(' ') }
const half: Script = { body: ['{"choices":[', 'hang'] }

describe('a deadline before the first event', () => {
  test.each([
    ['UPSTREAM_TIMEOUT_CONNECT', 'connect', { model: 'silent' }, {}, null],
    ['UPSTREAM_TIMEOUT_CONNECT', 'connect', { model: 'silent', stream: true }, {}, null],
    ['UPSTREAM_TIMEOUT_FIRST_BYTE', 'firstByte', {}, { raw: true, body: ['hang'] }, 'false'],
    ['UPSTREAM_TIMEOUT_FIRST_BYTE', 'firstByte', { stream: true }, sse('hang'), 'false'],
    ['UPSTREAM_TIMEOUT_IDLE', 'idle', {}, half, 'false'],
    ['UPSTREAM_TIMEOUT_TOTAL', 'total', {}, whole, 'false'],
  ] as [string, keyof typeof limits, object, Script, string | null][])(
    'becomes a JSON 504 (R9): %s, %s, %j',
    async (_name, clock, body, hanging, shouldRetry) => {
      script = hanging
      const { reply, text, ms } = await measureCall(body)
      expect([reply.status, reply.headers.get('content-type')]).toEqual([504, 'application/json'])
      expect(JSON.parse(text)).toMatchObject({
        error: { code: 'upstream_timeout', message: expect.stringMatching(messages[clock]) },
        code: 'UPSTREAM_TIMEOUT',
      })
      expect(reply.headers.get('x-should-retry')).toBe(shouldRetry)
      expect(ms).toBeGreaterThanOrEqual(limits[clock] - toleranceMs)
    },
  )
})

describe('a deadline after the first event', () => {
  test.each([
    ['UPSTREAM_TIMEOUT_IDLE', 'idle', () => sse(event('a'), 'hang')],
    ['UPSTREAM_TIMEOUT_TOTAL', 'total', () => ({ ...sse(), body: drip(event('a')) })],
  ] as [string, keyof typeof limits, () => Script][])(
    'ends the stream with an error event and without [DONE] (R9): %s, %s',
    async (_name, clock, hanging) => {
      script = hanging()
      const { reply, text, ms } = await measureCall({ stream: true })
      const { events, dones } = readStream(text)
      expect([reply.status, dones]).toEqual([200, 0])
      expect(events.at(-1)?.error).toMatchObject({
        code: 'upstream_timeout',
        message: expect.stringMatching(messages[clock]),
      })
      expect(ms).toBeGreaterThanOrEqual(limits[clock] - toleranceMs)
    },
  )
})
