import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { parseCall } from '../../../shared/protocol/call.ts'
import { createProvider as providerRoom } from '../../../shared/providers/provider.ts'
import { type Script, type ScriptedProvider, scriptedProvider, sse } from '../../../testing/stand-ins/provider.ts'
import { caller, routeTo, timeouts } from '../../support/call-provider.ts'

let provider: ScriptedProvider
let script: Script

beforeEach(async () => {
  provider = await scriptedProvider(() => script)
})

afterEach(() => provider.close())

/** Clocks that would still run out, in a process with nothing else to wait for. */
const clocks = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

const words = (content: string): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`

test('an answer that ends without a byte leaves no clock running', async () => {
  script = sse()
  const before = clocks()
  await expect(caller()(routeTo(provider.url), { stream: true })).rejects.toMatchObject({ status: 502 })
  expect(clocks()).toBeLessThanOrEqual(before)
})

test('a client that drains after the end of its stream starts no clock', async () => {
  script = sse(words('x'.repeat(100_000)), 'hang')
  const call = providerRoom({ ...timeouts, idle: 300 }, { allowPrivate: true })
  const parsed = parseCall('chat/completions', Buffer.from('{"model":"m","stream":true,"messages":[{"role":"user"}]}'))
  const gone = new AbortController()
  const answer = await call(routeTo(provider.url), parsed, { signal: gone.signal, onText: () => undefined })
  if (answer.kind !== 'stream') throw new TypeError('not a stream')
  const client = new PassThrough()
  const pouring = answer.pipeTo(client)
  gone.abort()
  await pouring
  const before = clocks()
  const drained = once(client, 'drain')
  client.resume()
  await drained
  expect(clocks()).toBeLessThanOrEqual(before)
})
