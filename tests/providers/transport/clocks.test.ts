import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { parseCall } from '../../../shared/protocol/call.ts'
import { type Script, type ScriptedProvider, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { caller, createTestProvider, makeCallOptions, routeTo, timeouts } from '../../support/call-provider.ts'

let provider: ScriptedProvider
let script: Script

beforeEach(async () => {
  provider = await scriptedProvider(() => script)
})

afterEach(() => provider.close())

/** Counts the timers that are still running. */
const countTimers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

const textChunk = (content: string): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`

test('leaves no timer running after a response without a byte', async () => {
  script = sse()
  const before = countTimers()
  await expect(caller()(routeTo(provider.url), { stream: true })).rejects.toMatchObject({ status: 502 })
  expect(countTimers()).toBeLessThanOrEqual(before)
})

test('starts no timer when a client drains after the end of its stream', async () => {
  script = sse(textChunk('x'.repeat(100_000)), 'hang')
  const call = createTestProvider({ ...timeouts, idle: 300 })
  const parsed = parseCall('chat/completions', Buffer.from('{"model":"m","stream":true,"messages":[{"role":"user"}]}'))
  const gone = new AbortController()
  const response = await call(routeTo(provider.url), parsed, makeCallOptions({ signal: gone.signal }))
  if (response.kind !== 'stream') throw new TypeError('not a stream')
  const client = new PassThrough()
  const piping = response.pipeTo(client)
  gone.abort()
  await piping
  const before = countTimers()
  const drained = once(client, 'drain')
  client.resume()
  await drained
  expect(countTimers()).toBeLessThanOrEqual(before)
})
