import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readConfig } from '../../shared/gateway/config/config.ts'
import { flushUsage } from '../../shared/gateway/flush/flush-usage.ts'
import { relay } from '../../shared/gateway/relay/relay.ts'
import { serveText } from '../../shared/gateway/relay/serve-text.ts'
import { serve } from '../../shared/http/server.ts'
import { type LoopbackServer, loopbackServer, waitForListening } from '../../testing/servers/loopback-server.ts'
import { type ScriptedProvider, scriptedProvider } from '../../testing/stand-ins/provider.ts'
import { captureLog, type LogLine } from '../support/capture-log.ts'

let folder: string
let provider: ScriptedProvider
let receiver: LoopbackServer
let healthy = false
const received: IncomingHttpHeaders[] = []

const completion = JSON.stringify({
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'follow-'))
  provider = await scriptedProvider(() => ({ body: [completion] }))
  receiver = await loopbackServer((request, response) => {
    request.resume()
    received.push(request.headers)
    response.writeHead(healthy ? 204 : 503).end()
  })
})

afterAll(async () => {
  await provider.close()
  await receiver.close()
  await rm(folder, { recursive: true })
})

const withLog = () => {
  const config = readConfig({
    DISABLE_AUTH: 'true',
    LOG_LEVEL: 'error',
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    USAGE_STORE: 'file',
    USAGE_FILE: join(folder, 'usage.jsonl'),
    BILLING_WEBHOOK_URL: receiver.url,
    BILLING_WEBHOOK_SECRET: 'a secret that signs',
    MODEL_PROVIDER_MAP: JSON.stringify({ m: { api_base: `${provider.url}/v1`, api_key: 'sk-test-0123456789abcdef' } }),
  })
  const { log, lines } = captureLog()
  return { config: { ...config, server: { ...config.server, host: '127.0.0.1', port: 0, log } }, lines }
}

const linesOf = (lines: readonly LogLine[], id: string): string[] =>
  lines.filter(({ fields }) => fields['request_id'] === id).map(({ level, event }) => `${level} ${event}`)

test('shows the id of a request in its reply, log line, record, deliveries and webhook calls (R70)', async () => {
  const chat = withLog()
  const { url, close } = await waitForListening(
    serve(relay('chat/completions', chat.config, serveText), chat.config.server),
  )
  const reply = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'x-request-id': 'the-client-has-a-name-for-it' },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
  })
  await reply.text()
  const id = reply.headers.get('x-request-id') ?? ''
  await close()

  expect(id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
  expect(linesOf(chat.lines, id)).toEqual(['warn usage_postponed', 'info request'])
  expect(chat.lines.find(({ event }) => event === 'usage_postponed')?.fields['reason']).toBe('the webhook answered 503')
  expect(await readFile(join(folder, 'usage.jsonl'), 'utf8')).toContain(`"id":"${id}"`)

  const flush = withLog()
  const run = flushUsage(flush.config, {})
  await run({ now: Date.now() + 120_000 }, {})
  healthy = true
  await run({ now: Date.now() + 3_600_000 }, {})
  expect(linesOf(flush.lines, id)).toEqual(['warn usage_postponed', 'info usage_delivered'])
  expect(flush.lines.map(({ fields }) => fields['attempts'])).toEqual([2, 3])
  expect(received).toHaveLength(3)
  for (const headers of received) expect(headers).toMatchObject({ 'idempotency-key': id, 'webhook-id': id })
})
