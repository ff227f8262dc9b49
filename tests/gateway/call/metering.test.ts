import { describe, expect, test } from '@jest/globals'
import { type Metering, meterCall } from '../../../shared/gateway/call/metering.ts'
import type { Request } from '../../../shared/http/request.ts'
import { parseCall } from '../../../shared/protocol/call.ts'
import { GatewayError } from '../../../shared/protocol/errors.ts'
import { createUsageLedger, type LedgerOptions } from '../../../shared/usage/ledger/ledger.ts'
import type { UsageRecord } from '../../../shared/usage/store/record.ts'
import { unavailableStore } from '../../../shared/usage/store/unavailable-store.ts'
import { routeOver, targetAt } from '../../support/call-provider.ts'
import { captureLog } from '../../support/capture-log.ts'

const route = routeOver(targetAt('http://127.0.0.1', { upstreamModel: 'm-2' }))

/** A store that takes nothing. */
const failingStore = { ...unavailableStore, insert: () => Promise.reject(new Error('down')) }

const meteredCall = (
  options: Partial<LedgerOptions> = {},
  body: object = {},
  signal = new AbortController().signal,
): { metering: Metering; meterAgain: () => Metering; delivered: UsageRecord[]; releases: () => number } => {
  let released = 0
  const hold = { settle: () => Promise.resolve(void released++) }
  const delivered: UsageRecord[] = []
  const ledger = createUsageLedger({
    store: undefined,
    durability: 'intent',
    failOpen: false,
    deliver: (record) => Promise.resolve(void delivered.push(record)),
    tariff: { pointsPer1kTokens: '1.0', pointsPerYuan: '500' },
    maxResponseMs: 60_000,
    progressEveryMs: 5_000,
    log: captureLog().log,
    ...options,
  })
  const request = {
    id: 'r',
    headers: {},
    annotate: () => undefined,
    signal,
  } as unknown as Request
  const text = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: '你好' }], ...body })
  const call = parseCall('chat/completions', Buffer.from(text))
  const user = { id: 'user-1' } as Parameters<typeof meterCall>[0]['user']
  const meterAgain = () => meterCall({ request, user, call, route, ledger, hold })
  return { metering: meterAgain(), meterAgain, delivered, releases: () => released }
}

describe('a response that fails before it has begun for the client', () => {
  test.each([
    [new GatewayError(499, 'client_gone', 'gone'), 'client_gone'],
    [new GatewayError(504, 'upstream_timeout', 'late'), 'timeout'],
    [new GatewayError(502, 'upstream_error', 'cut'), 'upstream_cut'],
    [new TypeError('ours'), 'upstream_cut'],
  ])('is recorded with an estimate if text was received: %s (R16)', async (failure, outcome) => {
    const { metering, delivered } = meteredCall()
    metering.onText('three words received')
    await expect(metering.begin(() => Promise.reject(failure))).rejects.toBe(failure)
    expect(delivered).toEqual([expect.objectContaining({ metadata: expect.objectContaining({ outcome }) })])
    expect(delivered[0]?.metadata['estimated']).toBe(true)
    expect(delivered[0]?.usage.completion_tokens).toBeGreaterThan(0)
    expect(metering.signal.aborted).toBe(true)
  })

  test('is recorded with the usage that the provider reported for a part of it', async () => {
    const { metering, delivered } = meteredCall()
    const usage = { prompt_tokens: 10, completion_tokens: 16_000, total_tokens: 16_010 }
    const failure = new GatewayError(502, 'upstream_error', 'cut', { usage })
    metering.onText('ok')
    await expect(metering.begin(() => Promise.reject(failure))).rejects.toBe(failure)
    const metadata = expect.objectContaining({ outcome: 'upstream_cut', estimated: false })
    expect(delivered).toEqual([expect.objectContaining({ usage, metadata })])
  })

  test('leaves no record if no text was received', async () => {
    const { metering, delivered } = meteredCall()
    await expect(metering.begin(() => Promise.reject(new GatewayError(502, 'upstream_error', 'cut')))).rejects.toThrow(
      'cut',
    )
    expect(delivered).toEqual([])
  })

  test('costs nothing if it was withheld because it could not be recorded', async () => {
    const { metering, delivered } = meteredCall({ store: failingStore })
    metering.onText('three words received')
    await expect(metering.begin(() => Promise.resolve('response'))).rejects.toMatchObject({
      code: 'usage_unavailable',
      options: { headers: { 'x-should-retry': 'false' } },
    })
    expect(delivered).toEqual([])
  })
})

describe('a call whose store is in doubt', () => {
  /** Opens a second call after the intent of a first one failed. */
  const meteredAfterFailure = async (isDown: () => boolean) => {
    const insert = () => (isDown() ? Promise.reject(new Error('down')) : Promise.resolve())
    const { metering, meterAgain } = meteredCall({
      store: { ...unavailableStore, insert, change: () => insert().then(() => 1) },
    })
    await expect(metering.begin(() => Promise.resolve('response'))).rejects.toMatchObject({ code: 'usage_unavailable' })
    return meterAgain()
  }

  test('does not reach the provider if the store fails again, and may be repeated', async () => {
    const metering = await meteredAfterFailure(() => true)
    let calls = 0
    const begun = metering.begin(() => Promise.resolve(calls++))
    await expect(begun).rejects.toMatchObject({ status: 503, options: { headers: { 'retry-after': '2' } } })
    expect(calls).toBe(0)
  })

  test('does not reach the provider if its client has left meanwhile, and leaves no record', async () => {
    const client = new AbortController()
    const { metering, delivered, releases } = meteredCall({}, {}, client.signal)
    client.abort()
    let calls = 0
    await expect(metering.begin(() => Promise.resolve(calls++))).rejects.toMatchObject({ code: 'client_gone' })
    expect([calls, delivered.length, releases()]).toEqual([0, 0, 1])
  })

  test('reaches the provider once the store has its intent', async () => {
    let isDown = true
    const metering = await meteredAfterFailure(() => isDown)
    isDown = false
    expect(await metering.begin(() => Promise.resolve('response'))).toBe('response')
  })
})

describe('the place of a call', () => {
  const cut = new GatewayError(502, 'upstream_error', 'cut')

  test.each(['', 'text'])('is given back once if the response fails after the text %j', async (text) => {
    const { metering, releases } = meteredCall()
    if (text) metering.onText(text)
    await expect(metering.begin(() => Promise.reject(cut))).rejects.toBe(cut)
    expect(releases()).toBe(1)
  })

  test('is given back if the response is withheld because it could not be recorded', async () => {
    const { metering, releases } = meteredCall({ store: failingStore })
    await expect(metering.begin(() => Promise.resolve('response'))).rejects.toMatchObject({ code: 'usage_unavailable' })
    expect(releases()).toBe(1)
  })

  test('is given back at the end of the response, not at its beginning', async () => {
    const { metering, releases } = meteredCall()
    await metering.begin(() => Promise.resolve('response'))
    expect(releases()).toBe(0)
    await metering.settle('complete', undefined)
    expect(releases()).toBe(1)
  })
})

describe('the time to the first token', () => {
  const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

  test('ends with the first text, not with the headers that a keep-alive sends earlier', async () => {
    const { metering, delivered } = meteredCall({}, { stream: true })
    await metering.begin(() => Promise.resolve('headers'))
    await later(60)
    metering.onText('text')
    await later(60)
    metering.onText('more')
    await metering.settle('complete', undefined)
    const { ttft_ms: ttft, latency_ms: latency } = delivered[0]?.metadata ?? {}
    expect(ttft).toBeGreaterThanOrEqual(50)
    expect(latency).toBeGreaterThanOrEqual(Number(ttft) + 50)
  })
})
